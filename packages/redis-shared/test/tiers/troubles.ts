import type { FaultProxy } from '@cache/conformance';
import { now, pause, type Trouble } from '../../../core/test/tiers/trouble.ts';

/** A process stands still for longer than the bus may be silent. */
export const frozenProcess: Trouble = {
  says: 'a process is frozen past its heartbeat',
  async happen(target) {
    target.pause();
    await pause(2000);
    target.goOn();
    return undefined;
  },
};

/** All connections of all processes break, the bus among them. */
export function cut(proxies: () => readonly FaultProxy[]): Trouble {
  return {
    says: 'all connections are cut',
    async happen() {
      for (const proxy of proxies()) proxy.cut();
      return undefined;
    },
  };
}

/** What the server says comes late, the bus among it. */
export function delayed(proxies: () => readonly FaultProxy[]): Trouble {
  return {
    says: 'what the server says is held back for a while',
    async happen() {
      const holds = proxies().map((proxy) =>
        proxy.hold(() => true, { direction: 'reply', times: Number.POSITIVE_INFINITY }),
      );
      await pause(400);
      for (const hold of holds) {
        hold.stop();
        hold.release();
      }
      return undefined;
    },
  };
}

/** The server is killed and comes back empty. */
export function restarted(server: () => { kill(): Promise<void>; restart(): Promise<void> }): Trouble {
  return {
    says: 'the server is killed and comes back empty',
    async happen() {
      await server().kill();
      await pause(300);
      await server().restart();
      return undefined;
    },
  };
}

/** The server answers nothing for longer than the bus may be silent. */
export function frozen(server: () => { freeze(): Promise<void>; thaw(): Promise<void> }): Trouble {
  return {
    says: 'the server is frozen',
    async happen() {
      await server().freeze();
      await pause(1500);
      await server().thaw();
      return undefined;
    },
  };
}

/** What was not replicated yet when the master was lost is lost with it. */
const UNREPLICATED_MS = 2000;

/** The master is lost, and a replica takes its place. */
export function failedOver(group: () => { failover(): Promise<unknown> }): Trouble {
  return {
    says: 'a replica takes the place of the master',
    async happen() {
      const from = now() - UNREPLICATED_MS;
      await group().failover();
      return { from, to: now() + UNREPLICATED_MS };
    },
  };
}
