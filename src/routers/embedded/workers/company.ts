/** Whoever serves by a table. */
export interface Obedient {
  /**
   * Asks every worker that serves anybody, and tells those that start. One that does not answer in time is killed and
   * replaced: when this resolves there is none left that has not obeyed.
   */
  ask<T>(method: string, input?: unknown): Promise<readonly T[]>;
  /** As `ask`, with answers of those that give one `within` ms; nobody is killed. */
  gather<T>(method: string, within: number): Promise<readonly T[]>;
  tell(method: string, input: unknown): void;
}

/** All who obey one table: a router's own workers, and while it takes over or hands over those of the other router. */
export interface Company extends Obedient {
  join(other: Obedient): void;
  leave(other: Obedient): void;
}

export function createCompany(first: Obedient): Company {
  const all = new Set([first]);
  const each = async <T>(ask: (one: Obedient) => Promise<readonly T[]>): Promise<readonly T[]> =>
    (await Promise.all([...all].map(ask))).flat();
  return {
    ask: <T>(method: string, input?: unknown) => each((one) => one.ask<T>(method, input)),
    gather: <T>(method: string, within: number) => each((one) => one.gather<T>(method, within)),
    tell(method, input) {
      for (const one of all) one.tell(method, input);
    },
    join: (other) => void all.add(other),
    leave: (other) => void all.delete(other),
  };
}
