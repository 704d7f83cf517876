import type { Detector, Found, Project } from './project.ts';

/** The interpreter of the release's own virtual environment; modules are run by it, as scripts do not survive a move. */
const PYTHON = '.venv/bin/python';
const MODULES = [
  'main.py',
  'app.py',
  'wsgi.py',
  'asgi.py',
  'server.py',
  'app/main.py',
  'app/__init__.py',
  'src/main.py',
];

/** Django, FastAPI and the like, Flask, or a main file; by requirements.txt, pyproject.toml or manage.py. */
export const detectPython: Detector = async (project) => {
  const marker = await project.firstOf('manage.py', 'requirements.txt', 'pyproject.toml', 'Pipfile');
  if (!marker) return null;
  const build = await pythonBuild(project);
  const needs = await requirements(project);
  const command =
    (await django(project, needs)) ?? (await application(project, needs)) ?? (await mainFile(project));
  if (!command) return null;
  const python = build === null ? 'python3' : PYTHON;
  return { kind: 'python', build, notes: [], ...command, run: `${python} ${command.run}` };
};

/** Python without a sign of it but its main file. */
export const detectPythonFile: Detector = async (project) => {
  const command = (await application(project, '')) ?? (await mainFile(project));
  return command && { kind: 'python', build: null, notes: [], ...command, run: `python3 ${command.run}` };
};

/** How dependencies come into a release; null where there are none. */
export async function pythonBuild(project: Project): Promise<string | null> {
  if (await project.has('uv.lock')) return 'uv sync --frozen';
  const venv = 'python3 -m venv .venv && .venv/bin/pip install';
  if (await project.has('requirements.txt')) return `${venv} -r requirements.txt`;
  return (await project.has('pyproject.toml')) ? `${venv} .` : null;
}

type Command = Pick<Found, 'because' | 'run' | 'name' | 'beforePrepare'>;

/** `run` without the interpreter. */
async function django(project: Project, needs: string): Promise<Command | null> {
  if (!(await project.has('manage.py'))) return null;
  const names = await project.list('.');
  for (const name of names) {
    if (!(await project.has(`${name}/wsgi.py`)) || !/\bgunicorn\b/.test(needs)) continue;
    return { because: `Django, ${name}/wsgi.py`, run: `-m gunicorn ${name}.wsgi --bind "$HOST:$PORT"` };
  }
  return { because: 'Django, manage.py', run: 'manage.py runserver --noreload "$HOST:$PORT"' };
}

async function application(project: Project, needs: string): Promise<Command | null> {
  for (const file of MODULES) {
    const [, variable, framework] =
      /^(\w+)\s*(?::\s*\w+\s*)?=\s*(FastAPI|Starlette|Quart|Flask)\(/m.exec(
        (await project.read(file)) ?? '',
      ) ?? [];
    if (variable === undefined || framework === undefined) continue;
    const name = file.replace(/(\/__init__)?\.py$/, '').replaceAll('/', '.');
    return { because: `${framework}, ${file}`, run: serving(framework, `${name}:${variable}`, needs) };
  }
  return null;
}

function serving(framework: string, target: string, needs: string): string {
  if (framework !== 'Flask') return `-m uvicorn ${target} --host "$HOST" --port "$PORT"`;
  if (/\bgunicorn\b/.test(needs)) return `-m gunicorn ${target} --bind "$HOST:$PORT"`;
  return `-m flask --app ${target} run --host "$HOST" --port "$PORT"`;
}

async function mainFile(project: Project): Promise<Command | null> {
  const file = await project.firstOf('main.py', 'app.py', 'server.py', '__main__.py');
  return file === null ? null : { because: file, run: file };
}

async function requirements(project: Project): Promise<string> {
  const files = ['requirements.txt', 'pyproject.toml', 'Pipfile'];
  const texts = await Promise.all(files.map((file) => project.read(file)));
  return texts.filter((text) => text !== null).join('\n');
}
