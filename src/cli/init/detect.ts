import { NAME } from '../../spec/schema/helpers.ts';
import { detectDockerfile, readDockerfile } from './dockerfile.ts';
import { detectGo } from './go.ts';
import { detectNode } from './node.ts';
import { detectProcfile } from './procfile.ts';
import { type Detector, type Found, openProject, type Project } from './project.ts';
import { detectPython, detectPythonFile } from './python.ts';
import { findReadiness } from './readiness.ts';
import { detectStatic } from './static.ts';

/** What a project is, as far as its files tell. */
export interface Detected {
  readonly kind: Found['kind'] | 'unknown';
  /** What it was recognised by, for people; null: it was not. */
  readonly because: string | null;
  readonly service: string;
  readonly run: string;
  readonly build: string | null;
  /** Such as `GET /healthz`; null: nothing was found. */
  readonly ready: string | null;
  /** null: a worker. */
  readonly listen: number | null;
  readonly beforePrepare: string | null;
  /** What the reader should look at, a sentence each. */
  readonly notes: readonly string[];
}

/** What says most about how to run a project comes first. */
const DETECTORS: readonly Detector[] = [
  detectProcfile,
  detectNode,
  detectPython,
  detectGo,
  detectDockerfile,
  detectPythonFile,
  detectStatic,
];

const DEFAULT_PORT = 8080;

/** Looks at a folder and changes nothing. */
export async function detectProject(dir: string): Promise<Detected> {
  const project = openProject(dir);
  const found = await firstFound(project);
  if (!found) {
    return {
      ...nothingFound,
      service: serviceName(project.name),
      ready: readyLine(await findReadiness(project.root)),
    };
  }
  const worker = found.worker === true;
  return {
    kind: found.kind,
    because: found.because,
    service: serviceName(found.name ?? project.name),
    run: found.run,
    build: found.build,
    ready: worker ? null : (found.ready ?? readyLine(await findReadiness(project.root))),
    listen: worker ? null : await portOf(project, found),
    beforePrepare: found.beforePrepare ?? null,
    notes: found.notes,
  };
}

const nothingFound = {
  kind: 'unknown',
  because: null,
  run: './start',
  build: null,
  listen: DEFAULT_PORT,
  beforePrepare: null,
  notes: ['Teal did not recognise the project: put the command that starts it into run.'],
} as const;

async function firstFound(project: Project): Promise<Found | null> {
  for (const detect of DETECTORS) {
    const found = await detect(project);
    if (found) return found;
  }
  return null;
}

const readyLine = (path: string | null) => (path === null ? null : `GET ${path}`);

/** A port that the Dockerfile exposes is where users look; one below 1024 would need root. */
async function portOf(project: Project, found: Found): Promise<number> {
  const exposed = found.port ?? readDockerfile((await project.read('Dockerfile')) ?? '').port;
  return exposed !== undefined && exposed >= 1024 && exposed <= 65_535 ? exposed : DEFAULT_PORT;
}

function serviceName(wanted: string): string {
  const name = wanted
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+|-+$/g, '')
    .slice(0, 63);
  return NAME.test(name) ? name : 'service';
}
