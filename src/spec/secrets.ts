import { readFile } from 'node:fs/promises';
import { TealError } from '../core/error.ts';
import type { EnvValue } from '../core/service/service-spec.ts';

/**
 * The variables of an instance, references resolved against `environ` (the daemon's own environment) and the file
 * system. A file's last line break is not part of its secret. Rejects with E_SECRET_MISSING, which names key and
 * reference and never a value.
 */
export async function resolveEnv(
  env: Readonly<Record<string, EnvValue>>,
  environ: Readonly<Record<string, string | undefined>>,
): Promise<Record<string, string>> {
  const entries = await Promise.all(
    Object.entries(env).map(async ([key, value]): Promise<[string, string]> => {
      return [key, 'value' in value ? value.value : await resolveReference(key, value.from, environ)];
    }),
  );
  return Object.fromEntries(entries);
}

/** The variables as they may be shown: of a secret only where it comes from. */
export function describeEnv(env: Readonly<Record<string, EnvValue>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).map(([key, value]) => [key, 'value' in value ? value.value : `(from ${value.from})`]),
  );
}

type Reference = Extract<EnvValue, { from: string }>['from'];

async function resolveReference(
  key: string,
  from: Reference,
  environ: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const name = from.slice(from.indexOf(':') + 1);
  if (from.startsWith('env:')) {
    const value = environ[name];
    if (value === undefined) {
      throw missing(
        key,
        from,
        `${name} is not set in the daemon's environment`,
        `Set ${name} where Teal is started, and start it again: \`teal down && teal up\`.`,
      );
    }
    return value;
  }
  let text: string;
  try {
    text = await readFile(name, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'it cannot be read';
    throw missing(
      key,
      from,
      `${name} cannot be read: ${why}`,
      'Put the secret there, readable for the user who runs Teal.',
    );
  }
  const value = text.replace(/\r?\n$/, '');
  if (value.includes('\0'))
    throw missing(
      key,
      from,
      `${name} has a zero byte, which a variable cannot hold`,
      'Store the secret as text.',
    );
  return value;
}

function missing(key: string, from: Reference, why: string, fix: string): TealError {
  return new TealError('E_SECRET_MISSING', `The secret for ${key} is not there (${from})`, {
    why,
    fix,
    details: { key, from },
    exitCode: 4,
  });
}
