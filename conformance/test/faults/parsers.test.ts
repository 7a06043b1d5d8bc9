import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Frame, FrameError, type FrameParser } from '../../src/faults/frame.ts';
import { MemcachedParser } from '../../src/faults/memcached-frames.ts';
import { RespParser } from '../../src/faults/resp-frames.ts';

const line = (text: string): Buffer => Buffer.from(`${text}\r\n`, 'latin1');
const blobOf = (type: string, bytes: Uint8Array): Buffer =>
  Buffer.concat([line(`${type}${bytes.length}`), bytes, line('')]);

const blob = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
// Bytes that look like the protocol are what a careless parser trips over.
const nasty = fc
  .constantFrom('\r\n', '$3\r\nfoo\r\n', '*1\r\n', '', '>2\r\n')
  .map((text) => Buffer.from(text));
const anyBlob = fc.oneof(blob, nasty);

interface Sample {
  readonly bytes: Buffer;
  readonly command?: string;
  readonly args?: readonly Buffer[];
}

const word = fc.stringMatching(/^[A-Za-z]{1,8}$/);
const request: fc.Arbitrary<Sample> = fc.oneof(
  fc.tuple(word, fc.array(anyBlob, { maxLength: 5 })).map(([name, args]) => ({
    bytes: Buffer.concat([
      line(`*${args.length + 1}`),
      ...[Buffer.from(name), ...args].map((arg) => blobOf('$', arg)),
    ]),
    command: name.toUpperCase(),
    args,
  })),
  fc
    .tuple(word, fc.array(word, { maxLength: 3 }), fc.constantFrom('\r\n', '\n'))
    .map(([name, args, end]) => ({
      bytes: Buffer.from([name, ...args].join(' ') + end),
      command: name.toUpperCase(),
      args: args.map((arg) => Buffer.from(arg)),
    })),
  fc.constantFrom('*0', '').map((text) => ({ bytes: line(text), command: '', args: [] })),
);

const { element } = fc.letrec<{ element: Buffer }>((tie) => {
  const aggregate = (type: string, factor: number): fc.Arbitrary<Buffer> =>
    fc
      .array(tie('element'), { maxLength: 3 })
      .map((all) => all.slice(0, all.length - (all.length % factor)))
      .map((all) => Buffer.concat([line(`${type}${all.length / factor}`), ...all]));
  const plain = fc.oneof(
    { maxDepth: 3 },
    fc
      .constantFrom('+OK', '-ERR no', ':-12', '_', '#t', ',3.14', '(123456789012345678901', '$-1', '*-1')
      .map(line),
    fc.tuple(fc.constantFrom('$', '=', '!'), anyBlob).map(([type, bytes]) => blobOf(type, bytes)),
    aggregate('*', 1),
    aggregate('~', 1),
    aggregate('>', 1),
    aggregate('%', 2),
  );
  return {
    element: fc.oneof(
      { weight: 5, arbitrary: plain },
      { weight: 1, arbitrary: fc.tuple(aggregate('|', 2), plain).map((both) => Buffer.concat(both)) },
    ),
  };
});
const reply: fc.Arbitrary<Sample> = element.map((bytes) => ({ bytes }));

const memcached = (magic: number): fc.Arbitrary<Sample> =>
  fc
    .tuple(fc.nat(0x1e), fc.nat(0xffffffff), fc.uint8Array({ maxLength: 8 }), anyBlob, anyBlob)
    .map(([opcode, opaque, extras, key, value]) => {
      const header = Buffer.alloc(24);
      header.writeUInt8(magic, 0);
      header.writeUInt8(opcode, 1);
      header.writeUInt16BE(key.length, 2);
      header.writeUInt8(extras.length, 4);
      header.writeUInt32BE(extras.length + key.length + value.length, 8);
      header.writeUInt32BE(opaque, 12);
      return { bytes: Buffer.concat([header, extras, key, value]), args: [key, value] };
    });

/** Splits at the given places; 1 = every byte a chunk of its own. */
function chunks(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const all: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = Math.max(1, sizes[i % sizes.length] ?? 1);
    all.push(bytes.subarray(at, at + size));
    at += size;
  }
  return all;
}

function anyChunkingGivesTheSameFrames(sample: fc.Arbitrary<Sample>, parser: () => FrameParser): void {
  const sizes = fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 8 }), sizes, (samples, pieces) => {
      const one = parser();
      const frames: Frame[] = [];
      for (const chunk of chunks(Buffer.concat(samples.map(({ bytes }) => bytes)), pieces))
        frames.push(...one.push(chunk));
      expect(frames.map((frame) => frame.bytes)).toEqual(samples.map(({ bytes }) => bytes));
      expect(frames.map((frame) => frame.size)).toEqual(samples.map(({ bytes }) => bytes.length));
      expect(one.flush()).toBeUndefined();
      for (const [i, { command, args }] of samples.entries()) {
        if (command !== undefined) expect(frames[i]?.command).toBe(command);
        if (args !== undefined) expect(frames[i]?.args).toEqual(args);
      }
    }),
    { numRuns: 300 },
  );
}

describe('RESP', () => {
  test('any chunking of any requests gives the same requests', () => {
    anyChunkingGivesTheSameFrames(request, () => new RespParser('request'));
  });

  test('any chunking of any replies gives the same replies', () => {
    anyChunkingGivesTheSameFrames(reply, () => new RespParser('reply'));
  });

  test('a push is known by its outermost type, behind an attribute as well, and names itself', () => {
    const push = Buffer.concat([
      line('|1'),
      blobOf('$', Buffer.from('ttl')),
      line(':3'),
      line('>2'),
      blobOf('$', Buffer.from('invalidate')),
      line('*1'),
      blobOf('$', Buffer.from('key')),
    ]);
    const [frame] = new RespParser('reply').push(push);
    expect(String.fromCharCode(frame?.type ?? 0)).toBe('>');
    expect(frame?.command).toBe('INVALIDATE');
    expect(frame?.args.map(String)).toEqual(['key']);
  });

  test.each([
    ['request', '*1\r\n:1\r\n'],
    ['reply', '?1\r\n'],
    ['reply', '$x\r\n'],
    ['reply', '\r\n'],
    ['reply', '*?\r\n'],
  ] as const)('a %s of %j is refused', (direction, text) => {
    expect(() => new RespParser(direction).push(Buffer.from(text))).toThrow(FrameError);
  });

  test('what has begun and not ended is given by flush', () => {
    const parser = new RespParser('reply');
    expect(parser.push(Buffer.from('+OK\r\n$10\r\nabc'))).toHaveLength(1);
    expect(parser.flush()?.bytes.toString()).toBe('$10\r\nabc');
  });
});

describe('memcached', () => {
  test.each([
    ['request', 0x80],
    ['reply', 0x81],
  ] as const)('any chunking of any frames (%s) gives the same', (direction, magic) => {
    anyChunkingGivesTheSameFrames(memcached(magic), () => new MemcachedParser(direction));
  });

  test('a frame of the other direction is refused', () => {
    const header = Buffer.alloc(24);
    header[0] = 0x81;
    expect(() => new MemcachedParser('request').push(header)).toThrow(FrameError);
  });
});

describe('large frames', () => {
  const value = Buffer.alloc(8 << 20, '\n');
  const header = Buffer.alloc(24);
  header[0] = 0x81;
  header.writeUInt32BE(value.length, 8);

  test.each([
    ['RESP', () => new RespParser('reply'), blobOf('$', value)],
    ['memcached', () => new MemcachedParser('reply'), Buffer.concat([header, value])],
  ] as const)('%s: no chunk is copied or looked at twice', (_name, make, bytes) => {
    const parser = make();
    const frames: Frame[] = [];
    // 128 Ki chunks: a parser that copied what it has at each would move half a terabyte.
    const parts = chunks(bytes, [64]);
    for (const chunk of parts) frames.push(...parser.push(chunk));
    expect(frames).toHaveLength(1);
    expect(frames[0]?.parts).toHaveLength(parts.length);
    // Not toBe, which would print them.
    expect(frames[0]?.parts[7]?.buffer === bytes.buffer).toBe(true);
    expect(frames[0]?.bytes.equals(bytes)).toBe(true);
  });
});
