/** Heads of HTTP/2 that are a lie. */
import { GET } from '../support/raw-http2.ts';

type Lines = readonly (readonly [string, string])[];

const without = (name: string): Lines => GET.filter(([key]) => key !== name);
export const withValue = (name: string, value: string): Lines =>
  GET.map((line) => (line[0] === name ? [name, value] : line));
export const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n';

/** Header lists that could mean two things, or would mean something else in HTTP/1.1. */
export const REFUSED: [string, Lines][] = [
  ['upper case in a name', [...GET, ['X-Case', '1']]],
  ['a request in the path', withValue(':path', `/one HTTP/1.1\r\nHost: h\r\n\r\n${SMUGGLED}`)],
  ['a space in the path', withValue(':path', '/one HTTP/1.1')],
  ['a tab in the path', withValue(':path', '/one\ttwo')],
  ['a fragment in the path', withValue(':path', '/one#two')],
  ['a path that is none', withValue(':path', 'one')],
  ['an absolute path', withValue(':path', 'https://other/one')],
  ['an asterisk', withValue(':path', '*')],
  ['an empty path', withValue(':path', '')],
  ['CR LF in the method', withValue(':method', `GET / HTTP/1.1\r\nHost: h\r\n\r\nGET`)],
  ['a space in the method', withValue(':method', 'GET /smuggled')],
  ['an empty method', withValue(':method', '')],
  ['CR LF in the authority', withValue(':authority', 'h\r\nX: y')],
  ['a path in the authority', withValue(':authority', 'h/smuggled')],
  ['somebody in the authority', withValue(':authority', 'user@h')],
  ['an authority that is none', withValue(':authority', 'h:port')],
  ['another scheme', withValue(':scheme', 'http')],
  ['a scheme with a request', withValue(':scheme', 'https://h/smuggled?')],
  ['no method', without(':method')],
  ['no scheme', without(':scheme')],
  ['no path', without(':path')],
  ['no authority', without(':authority')],
  ['two methods', [...GET, [':method', 'POST']]],
  ['two paths', [[':path', '/two'], ...GET]],
  ['two authorities', [[':authority', 'i'], ...GET]],
  ['a pseudo-header of answers', [[':status', '200'], ...GET]],
  ['a pseudo-header nobody knows', [[':version', '1'], ...GET]],
  ['a pseudo-header behind others', [...without(':path'), ['x', 'y'], [':path', '/one']]],
  ['another host', [...GET, ['host', 'other']]],
  ['two hosts', [...GET, ['host', 'h'], ['host', 'h']]],
  ['transfer-encoding', [...GET, ['transfer-encoding', 'chunked']]],
  ['connection', [...GET, ['connection', 'close']]],
  ['keep-alive', [...GET, ['keep-alive', 'timeout=5']]],
  ['proxy-connection', [...GET, ['proxy-connection', 'close']]],
  ['upgrade', [...GET, ['upgrade', 'h2c']]],
  ['http2-settings', [...GET, ['http2-settings', 'AAMAAABkAARAAAAAAAIAAAAA']]],
  ['te other than trailers', [...GET, ['te', 'chunked']]],
  ['a length without a body', [...GET, ['content-length', '5']]],
  ['two lengths', [...GET, ['content-length', '0'], ['content-length', '5']]],
  ['a length that is none', [...GET, ['content-length', '+0']]],
  ['lengths in a list', [...GET, ['content-length', '0, 0']]],
  [
    'plain CONNECT',
    [
      [':method', 'CONNECT'],
      [':authority', 'other:443'],
    ],
  ],
  ['TRACE', withValue(':method', 'TRACE')],
  ['a protocol without CONNECT', [[':protocol', 'websocket'], ...GET]],
  ['a protocol nobody knows', [[':protocol', 'connect-udp'], ...withValue(':method', 'CONNECT')]],
];

/** Served without that line: nghttp2 lets it fall before anybody sees it. */
export const LINE_DROPPED: [string, Lines][] = [
  ['a space before a value', [...GET, ['x', ' a']]],
  ['CR LF in a name', [...GET, ['x\r\ntransfer-encoding', 'chunked']]],
  ['a colon in a name', [...GET, ['x: y', '1']]],
  ['a space in a name', [...GET, ['x y', '1']]],
  ['an empty name', [...GET, ['', '1']]],
  ['CR LF in a value', [...GET, ['x', `a\r\nTransfer-Encoding: chunked\r\nY: b`]]],
  ['LF in a value', [...GET, ['x', 'a\nb']]],
  ['CR in a value', [...GET, ['x', 'a\rb']]],
  ['NUL in a value', [...GET, ['x', 'a\0b']]],
];
