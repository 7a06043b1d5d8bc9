import { expect, test } from 'vitest';
import { redisUrl } from '../src/index.ts';

const nothing = { host: undefined, port: undefined, login: {}, secure: false };

test.each<[string, object]>([
  ['redis://there:2', { host: 'there', port: 2 }],
  ['redis://there/3', { host: 'there' }],
  ['redis:///3', {}],
  ['redis://[::1]:2', { host: '::1', port: 2 }],
  ['rediss://there', { host: 'there', secure: true }],
  ['redis://me:p%40ss@there', { host: 'there', login: { username: 'me', password: 'p@ss' } }],
  ['redis://:secret@there', { host: 'there', login: { password: 'secret' } }],
])('%s', (url, says) => {
  // What is left out has no key, since what is made of it stands over other options.
  expect(redisUrl(new URL(url))).toStrictEqual({ ...nothing, ...says });
});

test('a login that is not percent-encoded', () => {
  expect(() => redisUrl(new URL('redis://a:%zz@there'))).toThrow(URIError);
});
