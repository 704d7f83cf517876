import { userInfo } from 'node:os';
import type { Home } from '../system/home.ts';
import { ownArgv } from './own-argv.ts';

/**
 * Two units: the supervisor, which parents router and instances, and the daemon. KillMode=process, because what
 * they start outlives them; stopping it is `teal down --all`. Only such hardening as instances survive: they share
 * the supervisor's sandbox, and what a service needs is not for Teal to forbid.
 */
export function systemdUnits(home: Home): string {
  const { username } = userInfo();
  return [
    '# Save both parts, then: systemctl daemon-reload && systemctl enable --now teal-daemon',
    ...unit('teal-supervisor', 'Teal supervisor: parents the router and all instances', home, username, {
      exec: ownArgv('supervisor', '--alone'),
      more: ['LimitNOFILE=65536', 'TasksMax=infinity', 'OOMPolicy=continue'],
    }),
    ...unit('teal-daemon', 'Teal daemon: API and rollouts', home, username, {
      requires: 'teal-supervisor.service',
      exec: ownArgv('daemon'),
      more: ['RestrictRealtime=yes', 'LockPersonality=yes', 'ProtectClock=yes', 'ProtectKernelModules=yes'],
    }),
  ].join('\n');
}

interface Unit {
  readonly requires?: string;
  readonly exec: readonly string[];
  readonly more: readonly string[];
}

function unit(name: string, description: string, home: Home, user: string, { requires, exec, more }: Unit) {
  const socketGroup = process.env.TEAL_SOCKET_GROUP;
  return [
    '',
    `# /etc/systemd/system/${name}.service`,
    '[Unit]',
    `Description=${description}`,
    'After=network.target',
    ...(requires ? [`Wants=${requires}`, `After=${requires}`] : []),
    '',
    '[Service]',
    `ExecStart=${exec.map(quote).join(' ')}`,
    `Environment=${quote(`TEAL_HOME=${home.root}`)}`,
    ...(socketGroup ? [`Environment=${quote(`TEAL_SOCKET_GROUP=${socketGroup}`)}`] : []),
    `User=${user}`,
    'KillMode=process',
    'Restart=always',
    'RestartSec=1',
    'UMask=0027',
    ...more,
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ];
}

/** systemd.service(5), "Quoting": `%` and `$` would be expanded. */
const quote = (text: string) => {
  const escaped = text.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /[\s"'\\;]/.test(escaped) ? `"${escaped.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"` : escaped;
};
