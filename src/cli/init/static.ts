import type { Detector } from './project.ts';

const FOLDERS = ['.', 'public', 'dist', 'www', 'site', '_site', 'build'];

/** A folder of files, served by what nearly every machine has. */
export const detectStatic: Detector = async (project) => {
  const index = await project.firstOf(...FOLDERS.map((folder) => `${folder}/index.html`));
  if (index === null) return null;
  const folder = index.slice(0, -'/index.html'.length);
  return {
    kind: 'static',
    because: index.replace(/^\.\//, ''),
    run: `python3 -m http.server "$PORT" --bind "$HOST" --directory ${folder}`,
    build: null,
    ready: 'GET /',
    notes: ["Python's server is fine for a beginning; a web server that you know serves more at a time."],
  };
};
