// One browser for all tests of this folder; a page may take its time on a busy machine.
import { defineConfig } from "vitest/config";

export default defineConfig({ test: { testTimeout: 30_000, fileParallelism: false } });
