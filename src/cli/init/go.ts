import type { Detector, Project } from './project.ts';

/** go.mod with a main package in the root or under cmd/. */
export const detectGo: Detector = async (project) => {
  const mod = await project.read('go.mod');
  if (mod === null) return null;
  const path = /^module\s+(\S+)/m.exec(mod)?.[1] ?? project.name;
  const name = path
    .replace(/\/v\d+$/, '')
    .split('/')
    .at(-1)!;
  const folder = await mainFolder(project, name);
  if (folder === null) return null;
  return {
    kind: 'go',
    because: `go.mod, main package in ${folder}`,
    name,
    build: `go build -o bin/${name} ${folder}`,
    run: `./bin/${name}`,
    notes: [],
  };
};

/** The root, `cmd/<module>`, or the first under cmd/. */
async function mainFolder(project: Project, name: string): Promise<string | null> {
  if (await isMain(project, '.')) return '.';
  const commands = await project.list('cmd');
  const ordered = commands.toSorted((a, b) => Number(b === name) - Number(a === name));
  for (const command of ordered) {
    if (await isMain(project, `cmd/${command}`)) return `./cmd/${command}`;
  }
  return null;
}

async function isMain(project: Project, folder: string): Promise<boolean> {
  const files = (await project.list(folder)).filter(
    (file) => file.endsWith('.go') && !file.endsWith('_test.go'),
  );
  for (const file of files) {
    if (/^package main\b/m.test((await project.read(`${folder}/${file}`)) ?? '')) return true;
  }
  return false;
}
