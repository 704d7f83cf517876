/** What an authority asks the host for, to see that it is whose certificate is ordered (RFC 8555, 8.3). */
export interface Challenge {
  readonly host: string;
  readonly token: string;
  /** The body of the answer. */
  readonly answer: string;
}

/** The challenges that are being answered now, as one process of the router knows them. */
export interface Challenges {
  /** From now on exactly these. */
  set(challenges: readonly Challenge[]): void;
  /** The answer to what is asked of this host; null: it is a request like any other. */
  answer(host: string, path: string): string | null;
}

const FOLDER = '/.well-known/acme-challenge/';

export function createChallenges(): Challenges {
  let known: readonly Challenge[] = [];
  return {
    set(challenges) {
      known = challenges;
    },
    answer(host, path) {
      // Hardly ever is there one, and every request asks.
      if (known.length === 0 || !path.startsWith(FOLDER)) return null;
      const token = path.slice(FOLDER.length);
      return known.find((one) => one.token === token && one.host === host)?.answer ?? null;
    },
  };
}
