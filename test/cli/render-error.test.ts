import { expect, test } from 'vitest';
import { asTealError, renderError, renderErrorJson } from '../../src/cli/terminal/render-error.ts';
import { TealError } from '../../src/core/error.ts';

const error = new TealError('E_PORT_TAKEN', 'Port 8080 is taken', {
  why: 'nginx has it\n  and holds it',
  fix: 'Choose another.',
  cause: new Error('EADDRINUSE'),
  exitCode: 4,
});

test('says what, why, what to do, and the code', () => {
  expect(renderError(error, { debug: false })).toBe(
    'Error: Port 8080 is taken\n\n  nginx has it\n    and holds it\n\n  Choose another.\n\n  E_PORT_TAKEN\n',
  );
});

test('shows stack and cause only with --debug', () => {
  expect(renderError(error, { debug: false })).not.toContain('at ');
  const text = renderError(error, { debug: true });
  expect(text).toContain('render-error.test.ts');
  expect(text).toContain('Caused by: Error: EADDRINUSE');
});

test('as JSON it is one line that the API would send', () => {
  expect(JSON.parse(renderErrorJson(error))).toEqual(JSON.parse(JSON.stringify(error)));
  expect(renderErrorJson(error).trim().split('\n')).toHaveLength(1);
});

test('what is not for people becomes E_UNEXPECTED with exit code 1', () => {
  expect(asTealError(new TypeError('x is undefined'))).toMatchObject({ code: 'E_UNEXPECTED', exitCode: 1 });
  expect(asTealError('text').message).toBe('text');
  expect(asTealError(error)).toBe(error);
});
