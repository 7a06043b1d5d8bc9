import { type Frame, type FrameParser, rawFrame } from './frame.ts';

/** Every chunk is a frame: for protocols that nobody here can read. */
export class RawParser implements FrameParser {
  push(chunk: Buffer): Frame[] {
    return [rawFrame([chunk], chunk.length)];
  }

  flush(): Frame | undefined {
    return undefined;
  }
}
