export { type MemoryAdapter, type MemoryAdapterOptions, memoryAdapter } from './adapter.ts';
export type { Isolation } from './isolation.ts';
