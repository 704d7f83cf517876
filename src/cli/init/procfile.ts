import { nodeBuild } from './node.ts';
import type { Detector, Project } from './project.ts';
import { pythonBuild } from './python.ts';

/** A Procfile says itself what to run: its `web` process, or where there is none, its only worker. */
export const detectProcfile: Detector = async (project) => {
  const text = await project.read('Procfile');
  if (text === null) return null;
  const processes = parseProcfile(text);
  const release = processes.get('release');
  processes.delete('release');
  const type = processes.has('web') ? 'web' : [...processes.keys()][0];
  if (type === undefined) return null;
  const others = [...processes.keys()].filter((other) => other !== type);
  return {
    kind: 'procfile',
    because: `Procfile, process ${type}`,
    run: processes.get(type)!,
    build: await buildOf(project),
    worker: type !== 'web',
    beforePrepare: release,
    notes: others.map(
      (other) => `The Procfile's ${other} process is not in here; it can be a service of its own.`,
    ),
  };
};

/** Process types and their commands, in the order of the file. */
export function parseProcfile(text: string): Map<string, string> {
  const lines = text.split(/\r?\n/).map((line) => /^([A-Za-z0-9_-]+):\s*(\S.*?)\s*$/.exec(line));
  return new Map(lines.flatMap((match) => (match ? [[match[1]!, match[2]!]] : [])));
}

async function buildOf(project: Project): Promise<string | null> {
  const manifest = await project.read('package.json');
  return manifest === null ? pythonBuild(project) : nodeBuild(project, manifest);
}
