import type { PreviewStatus } from '../../api/schema.ts';
import { connect, paths, serviceMeant } from '../api.ts';
import type { Verb } from '../commands/command.ts';

export const run: Verb['run'] = async ({ positionals, options, output, home }) => {
  const api = connect(home);
  const { service } = await serviceMeant(api, positionals[0]);
  const preview = await api.get<PreviewStatus>(paths.preview(service));
  if (options.json) {
    output.json(preview);
    return 0;
  }
  output.line('From this machine:');
  for (const { name, release, url } of preview.targets) {
    const holds = release === null ? 'empty' : release;
    output.line(`  ${name.padEnd(10)} ${(url ?? '-').padEnd(28)} ${output.paint('dim', holds)}`);
  }
  if (preview.listen !== null) {
    const { name, value } = preview.header;
    output.line();
    output.line('From elsewhere, with this header; who knows it can see what is not released yet:');
    output.line(`  curl -H '${name}: ${value}' ${preview.listen}`);
  }
  return 0;
};
