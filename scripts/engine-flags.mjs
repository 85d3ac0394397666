/**
 * Node's switches for the engine where it runs without a window; the app gives its engine process the
 * same (`src-main/shell/fork-engine.ts`). Young objects are collected early, because a large young
 * generation keeps memory that the cache of names could use. MiB.
 */
export const engineFlags = ['--max-semi-space-size=2']
