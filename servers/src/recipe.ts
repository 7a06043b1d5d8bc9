import type { Program } from './program.ts';
import type { Asked } from './release.ts';
import type { Kind, Server, ServerInfo } from './server.ts';

/** Where a server is going to run; inside a container the folder and the address are the container's. */
export interface Place {
  readonly dir: string;
  readonly bind: string;
  readonly port: number;
  /** A second port, where the recipe asks for one. */
  readonly bus?: number;
}

/** Who answered at an address. */
export interface Identity {
  readonly product: ServerInfo['product'];
  readonly version: string;
}

/** Whom to ask. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** Somebody else's server: its URL says how to speak to it. */
  readonly url?: URL;
}

/** A program that makes the data of a server. */
export interface Setup {
  /** Its name; it is beside the server's program. */
  readonly program: string;
  /** The folder that it makes, in the server's. */
  readonly data: string;
  args(place: Place): string[];
}

/** How to run one kind of server, whatever it comes from. Clusters and sentinels are several recipes. */
export interface Recipe {
  readonly kind: Kind;
  /** The variable that may hold the URL of a running server. */
  readonly variable: string;
  /** Why a running server cannot do, if so. */
  readonly own?: string;
  /** Names of the program, the first found is taken. */
  readonly programs: readonly string[];
  /** Folders to look for it in, after PATH. */
  readonly folders?: readonly string[];
  /** What is run before each start, so that the server finds its data, and none of before. */
  readonly setup?: Setup;
  /** Refuses to run as root. */
  readonly unprivileged?: boolean;
  /** The signal that ends it at once, where SIGKILL would leave something behind. */
  readonly ends?: 'SIGQUIT';
  /** The program of unpacked packages, for what is not among those that all machines get. */
  readonly packaged?: () => Promise<Program>;
  /** Product and version, where the test does not take any. */
  readonly asked: Asked;
  /** Container images, the first that is there is taken; without any, packages stand in for containers. */
  readonly images: readonly string[];
  /** Needs a second port, on which the nodes of a cluster talk. */
  readonly bus?: boolean;
  /** Those of its files that it rewrites itself, and finds again when it restarts. */
  readonly kept?: readonly string[];
  /** Files of its folder, by name; they may hold secrets. */
  files(place: Place): Record<string, string>;
  /** Arguments of the program. */
  args(place: Place): string[];
  url(host: string, port: number): string;
  /** Asks who is there; rejects unless it is a server that is ready. */
  probe(to: Target, ms: number): Promise<Identity>;
  readonly tls?: { readonly ca: string };
  /** What to install, for messages of errors. */
  readonly remedy: string;
}

/** A source that can run servers. */
export interface Found {
  /** For the line that says what was taken. */
  readonly where: string;
  launch(recipe: Recipe): Promise<Server>;
  /** A site for servers with so many ports in all; without it, `launch` puts all of them on one. */
  site?(recipe: Recipe, ports: number): Promise<Site>;
}

/** Where several servers find each other, and clients all of them, at the same addresses. */
export interface Site {
  launch(recipe: Recipe): Promise<Server>;
  /** Once the servers are closed. */
  close(): Promise<void>;
}

/** A source that cannot, and why. */
export interface Missing {
  readonly missing: string;
}
