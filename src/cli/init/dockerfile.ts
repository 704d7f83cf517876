import type { Detector } from './project.ts';

/** Without anything else to go by: what the image would run, and the port that it exposes. */
export const detectDockerfile: Detector = async (project) => {
  const text = await project.read('Dockerfile');
  if (text === null) return null;
  const { command, port } = readDockerfile(text);
  if (command === null) return null;
  return {
    kind: 'dockerfile',
    because: 'Dockerfile',
    run: command,
    build: null,
    port,
    notes: [
      'Taken from the Dockerfile, but run without a container: paths must exist on this machine, and what RUN does there belongs into build.',
    ],
  };
};

/** The last stage's ENTRYPOINT and CMD as one command line, and its first exposed port. */
export function readDockerfile(text: string): {
  readonly command: string | null;
  readonly port: number | undefined;
} {
  let entrypoint: Instruction | null = null;
  let cmd: Instruction | null = null;
  let port: number | undefined;
  for (const line of logicalLines(text)) {
    const [, keyword, rest] = /^\s*([A-Za-z]+)\s+(.*)$/s.exec(line) ?? [];
    switch (keyword?.toUpperCase()) {
      case 'FROM':
        entrypoint = cmd = null;
        port = undefined;
        break;
      case 'ENTRYPOINT':
        entrypoint = instruction(rest!);
        break;
      case 'CMD':
        cmd = instruction(rest!);
        break;
      case 'EXPOSE':
        port ??= Number(/^\s*(\d+)/.exec(rest!)?.[1]) || undefined;
    }
  }
  // The shell form of ENTRYPOINT takes no arguments from CMD.
  const parts = entrypoint === null ? [cmd] : entrypoint.isShell ? [entrypoint] : [entrypoint, cmd];
  const command = parts.flatMap((part) => part?.line ?? []).join(' ');
  return { command: command === '' ? null : command, port };
}

interface Instruction {
  readonly isShell: boolean;
  readonly line: string;
}

/** `["node", "server.js"]` or `node server.js`. */
function instruction(rest: string): Instruction {
  try {
    const words: unknown = JSON.parse(rest);
    if (Array.isArray(words)) return { isShell: false, line: words.map(String).map(quoted).join(' ') };
  } catch {
    // Docker, too, takes what is not a JSON list as a line for the shell.
  }
  return { isShell: true, line: rest.trim() };
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Without comments, continued lines joined. */
function logicalLines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replace(/\\[ \t]*\n/g, ' ')
    .split('\n');
}
