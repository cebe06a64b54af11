import { describe } from 'vitest';
import { createSocketBackend } from '../../src/data/stores/socket-backend.ts';
import { type BackendUnderTest, backendContract } from './backend.contract.ts';

const BACKENDS: readonly BackendUnderTest[] = [{ name: 'socket', open: createSocketBackend }];

for (const backend of BACKENDS) describe(backend.name, () => backendContract(backend));
