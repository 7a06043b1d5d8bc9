import { connect, type Socket } from 'node:net';
import type { Fault } from './fault.ts';
import type { Direction, Frame, FrameParser } from './frame.ts';
import { Hold } from './hold.ts';
import { type Item, Lane } from './lane.ts';
import { LateDelivery } from './late-delivery.ts';
import type { Pairing } from './pairing.ts';
import { type Passing, passing } from './passing.ts';
import type { Post } from './post.ts';
import { pairingFor, parserFor } from './protocol.ts';
import { RepliesAwaited } from './replies-awaited.ts';
import { reset, send } from './sockets.ts';
import { trickle } from './trickle.ts';

/** One client connection and the connection to the server that the proxy made for it. */
export class Link {
  readonly #number: number;
  readonly #post: Post;
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #lanes: Record<Direction, Lane>;
  readonly #pairing: Pairing;
  readonly #awaited: RepliesAwaited = new RepliesAwaited();
  #late: LateDelivery | undefined;
  #bursting = false;
  /** The client has said that it sends no more, or is gone altogether. */
  #clientLeft = false;
  /** The connection was cut: whatever still arrives is lost. */
  #cut = false;

  constructor(number: number, client: Socket, post: Post) {
    this.#number = number;
    this.#post = post;
    this.#client = post.sockets.add(client);
    this.#upstream = post.sockets.add(connect({ ...post.target, allowHalfOpen: true }));
    this.#pairing = pairingFor(post.protocol);
    const stalled = (): boolean => post.stalled;
    this.#lanes = {
      request: new Lane((item) => this.#toServer(item), stalled),
      reply: new Lane((item) => this.#toClient(item), stalled),
    };
    this.#listen('request', this.#client, this.#upstream, () => this.#clientGone());
    this.#listen('reply', this.#upstream, this.#client, () =>
      this.#awaited.lost(
        new Error('The server closed the connection of a held request without answering it'),
      ),
    );
  }

  /** RST to both ends, now. */
  cut(): void {
    this.#cut = true;
    for (const lane of Object.values(this.#lanes)) lane.clear();
    reset(this.#client);
    reset(this.#upstream);
  }

  /** FIN to one end; the other direction stays open. */
  fin(towards: 'client' | 'server'): void {
    (towards === 'client' ? this.#client : this.#upstream).end();
  }

  /** Nothing is stalled any more. */
  pump(): void {
    for (const lane of Object.values(this.#lanes)) lane.pump();
  }

  /** The next request begins a new round trip. */
  endBurst(): void {
    this.#bursting = false;
  }

  #listen(direction: Direction, from: Socket, to: Socket, gone: () => void): void {
    const parser = parserFor(this.#post.protocol, direction);
    let ended = false;
    from.on('data', (chunk: Buffer) => this.#read(direction, parser, chunk));
    from.on('end', () => {
      ended = true;
      const rest = parser.flush();
      if (rest !== undefined && !this.#cut && !this.#post.swallowing)
        this.#enter(passing(direction, this.#number, rest, false, undefined));
      this.#lanes[direction].push({ passing: 'end', cut: undefined, held: false, delayed: false });
      if (direction === 'request') this.#clientGone();
    });
    from.on('close', () => {
      // A client that was reset ends the stream like any other: what it sent before is on its way.
      const end = direction === 'request' ? 'end' : 'reset';
      if (!ended) this.#lanes[direction].push({ passing: end, cut: undefined, held: false, delayed: false });
      gone();
      to.resume();
      if (to.closed) this.#post.over(this);
    });
    to.on('drain', () => from.resume());
  }

  #read(direction: Direction, parser: FrameParser, chunk: Buffer): void {
    try {
      for (const frame of parser.push(chunk)) {
        if (this.#cut) return;
        this.#arrive(direction, frame);
      }
    } catch (error) {
      this.#post.failed(error);
      this.cut();
    }
  }

  #arrive(direction: Direction, frame: Frame): void {
    const answer = direction === 'reply' ? this.#pairing.answered(frame) : undefined;
    const arrived = passing(direction, this.#number, frame, answer?.push ?? false, answer?.request);
    if (answer?.request !== undefined && answer.last) this.#awaited.came(answer.request);
    this.#post.saw(arrived);
    if (this.#post.swallowing) return;
    const fault = this.#post.judge(arrived);
    if (fault?.fate === 'drop') fault.happened(arrived);
    else if (fault instanceof Hold) this.#hold(fault, arrived);
    else this.#enter(arrived, fault);
  }

  #enter(arrived: Passing, cut?: Fault): void {
    const lane = this.#lanes[arrived.direction];
    const latency = arrived.direction === 'reply' ? (this.#post.pace.latencyMs ?? 0) : 0;
    const item: Item = { passing: arrived, cut, held: false, delayed: latency > 0 };
    lane.push(item);
    if (!item.delayed) return;
    this.#post.timers.after(latency, () => {
      item.delayed = false;
      lane.pump();
    });
  }

  #hold(hold: Hold, arrived: Passing): void {
    const lane = this.#lanes[arrived.direction];
    const item: Item = { passing: arrived, cut: undefined, held: true, delayed: false };
    if (!hold.overtake) lane.push(item);
    const forward = (): void => {
      item.held = false;
      if (!hold.overtake) lane.pump();
      else if (!this.#cut) lane.unshift(item);
    };
    const discard = (): void => lane.remove(item);
    hold.keep({
      forward,
      discard,
      connected: () => !this.#clientLeft && !this.#client.destroyed,
      deliver: async () => {
        if (arrived.direction === 'reply') return forward();
        const alive = this.#upstream.writable && !this.#upstream.readableEnded;
        if (!alive) {
          discard();
          return this.#deliverLate(arrived.frame);
        }
        const answered = this.#awaited.wait(arrived.frame);
        forward();
        return answered;
      },
    });
    if (this.#clientLeft) this.#clientGone();
    hold.happened(arrived);
  }

  #deliverLate(frame: Frame): Promise<void> {
    if (this.#late?.open !== true) this.#late = new LateDelivery(this.#post);
    return this.#late.send(frame);
  }

  #clientGone(): void {
    this.#clientLeft = true;
    // Its FIN waits behind what is held, so nobody would answer it, and drivers wait seconds for that answer.
    if (this.#lanes.request.holding || this.#lanes.reply.holding) this.#client.end();
  }

  #toServer({ passing, cut }: Item): void {
    if (typeof passing === 'string') {
      this.#upstream.end();
      return;
    }
    const { frame } = passing;
    if (cut?.fate === 'before-request') {
      this.cut();
      cut.happened(passing);
      return;
    }
    if (!this.#pairing.sent(frame)) this.#awaited.came(frame);
    if (!send(this.#upstream, frame)) this.#client.pause();
    const { stats } = this.#post;
    stats.requests += 1;
    stats.bytesUp += frame.size;
    if (!this.#bursting) stats.roundTrips += 1;
    this.#bursting = true;
    if (cut === undefined) return;
    this.#cut = true;
    for (const lane of Object.values(this.#lanes)) lane.clear();
    reset(this.#client);
    // With an RST the server might lose what it has not read yet.
    this.#upstream.end();
    cut.happened(passing);
  }

  #toClient({ passing, cut }: Item): void {
    if (passing === 'end') this.#client.end();
    else if (passing === 'reset') reset(this.#client);
    else if (cut?.fate === 'before-reply') {
      this.cut();
      cut.happened(passing);
    } else if (cut !== undefined) this.#cutHalfWay(passing, cut);
    else this.#reply(passing);
  }

  #cutHalfWay(passing: Passing, cut: Fault): void {
    this.#lanes.reply.busy();
    const half = passing.frame.bytes.subarray(0, Math.floor(passing.frame.size / 2));
    this.#post.stats.bytesDown += half.length;
    this.#client.write(half, () => {
      this.cut();
      cut.happened(passing);
    });
  }

  #reply({ frame, push }: Passing): void {
    const { stats, pace, timers } = this.#post;
    if (!this.#client.writable) return;
    stats.bytesDown += frame.size;
    if (push) stats.pushes += 1;
    else {
      stats.replies += 1;
      this.#bursting = false;
    }
    if (pace.bytesPerSecond === undefined) {
      if (!send(this.#client, frame)) this.#upstream.pause();
      return;
    }
    const lane = this.#lanes.reply;
    lane.busy();
    trickle(this.#client, frame, pace.bytesPerSecond, timers, () => lane.idle());
  }
}
