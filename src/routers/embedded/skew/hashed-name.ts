/**
 * Whether a path names its content: a new content gets a new name, so whoever has it may answer for it. By the habits
 * of Vite and Rollup, webpack, esbuild, Parcel, Sprockets and Propshaft, Django, and by the folders of frameworks.
 * `path`: as in the request line, a query allowed.
 *
 * A name that only looks like one does no harm: it is asked for elsewhere only where it was not found.
 */
export function isHashedName(path: string): boolean {
  const query = path.indexOf('?');
  const bare = query < 0 ? path : path.slice(0, query);
  if (bare.length > LONGEST) return false;
  if (FOLDERS.test(bare)) return true;
  const name = bare.slice(bare.lastIndexOf('/') + 1);
  const [, stem, extension] = ASSET.exec(name) ?? [];
  if (stem === undefined || extension === undefined) return false;
  return isHash(stem, CODE.has(extension.toLowerCase()));
}

/** No bundler makes longer ones, and nobody shall make the patterns work hard. */
const LONGEST = 1_024;

/** Everything below them belongs to one build. */
const FOLDERS = /\/(?:_next\/(?:static|data)|_app\/immutable|_nuxt|_astro)\/[^/]/;

/** What browsers load by themselves; never pages, and nothing that only an API would have. */
const EXTENSIONS =
  'm?js|cjs|css|wasm|map|woff2?|ttf|otf|eot|svg|png|jpe?g|gif|webp|avif|ico|mp3|mp4|webm|ogg|json|txt|webmanifest';
/** What stands between hash and extension: `main.3f2a91c4.chunk.js`, `app-3f2a91c4.min.css`, `a-3f2a91c4.js.map`. */
const BETWEEN = '(?:\\.(?:chunk|bundle|module|min|worker|async|LICENSE|m?js|cjs|css))*';
const ASSET = new RegExp(`^(.+?)${BETWEEN}\\.(${EXTENSIONS})$`, 'i');

/** Extensions that people put no dates and serial numbers before. */
const CODE = new Set(['js', 'mjs', 'cjs', 'css', 'wasm', 'map', 'woff', 'woff2']);

/** At the end of a name, after what separates it; or the whole name. */
const HEX = /(?:^|[-._~])([0-9a-f]{8,128})$/;
/** Rollup's: eight of base64url, which has dashes of its own. esbuild's, of base32, are among them. */
const BASE64 = /(?:^|[-._])([A-Za-z0-9_-]{8})$/;

function isHash(stem: string, code: boolean): boolean {
  const hex = HEX.exec(stem)?.[1];
  if (hex !== undefined) return code || (/[a-f]/.test(hex) && /\d/.test(hex));
  const token = BASE64.exec(stem)?.[1];
  return token !== undefined && isRandom(token);
}

/** Told from a word: has a digit beside a letter, or capitals where no word has them. `settings` and `Checkout` are words. */
function isRandom(token: string): boolean {
  if (/\d/.test(token)) return /[A-Za-z]/.test(token);
  if (/^[A-Z]{8}$/.test(token)) return true;
  return /[a-z]/.test(token) && /[A-Z]/.test(token.slice(1));
}
