import { userInfo } from 'node:os';
import type { EnvValue } from '../../../core/service/service-spec.ts';
import { minimalEnvironment } from '../../../system/shell.ts';
import { resolveUser, type SystemUser } from '../../../system/users/user.ts';
import type { Program } from './program.ts';

/** Turns references into values; `spec/secrets.ts`. */
export type ResolveEnv = (
  env: Readonly<Record<string, EnvValue>>,
  environ: NodeJS.ProcessEnv,
) => Promise<Record<string, string>>;

/** Names the program to its processes, so that those it left behind can be told from strangers; see orphans.ts. */
export const MARK = 'TEAL_SUPERVISED';

/** Who a program runs as. Rejects as `resolveUser` does. */
export async function programUser(program: Program): Promise<SystemUser> {
  if (program.runAs !== 'supervisor') return resolveUser(program.runAs.user);
  const own = userInfo();
  return { name: own.username, uid: own.uid, gid: own.gid, home: own.homedir, switchTo: {} };
}

/** The whole environment of a program's process. Rejects where a secret cannot be resolved. */
export async function programEnvironment(
  program: Program,
  user: SystemUser,
  port: number | null,
  environ: NodeJS.ProcessEnv,
  resolveEnv: ResolveEnv,
): Promise<Record<string, string>> {
  const own = await resolveEnv(program.env, environ);
  const base =
    program.inherit === 'all' ? present(environ) : { ...minimalEnvironment(user), USER: user.name };
  return { ...base, ...own, ...(port === null ? {} : { PORT: String(port) }), [MARK]: program.id };
}

const present = (environ: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environ).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
