import type { Way } from '../way.ts';
import { CAPTURE_WAYS } from './captures.ts';
import { STORE_WAYS } from './stores.ts';
import { STREAM_WAYS } from './streams.ts';

/** Every way to pass data that otto has or will have; what a version or a machine has not is found out by trying. */
export const WAYS: readonly Way[] = [...STORE_WAYS, ...CAPTURE_WAYS, ...STREAM_WAYS];
