import { answer as answerText, initSync } from "./engine.js";
import { bytes } from "./engine_bytes.js";
import type { Request, Answer as Union } from "./types.js";

export type * from "./types.js";

/** `{ plan }` or `{ error }`. Both can be taken out at once, and once one is known to be absent, the other is there. */
export type Answer = Open<Union, KeyOf<Union>>;

type KeyOf<U> = U extends unknown ? keyof U : never;
type Open<U, Key extends PropertyKey> = U extends unknown ? U & { [Absent in Exclude<Key, keyof U>]?: undefined } : never;

let ready = false;

/**
 * Answers one request: what must be true for the goal to be met.
 *
 * Bad input never throws: the answer is then `{ error }`, in the words of the core.
 *
 * @example
 * const { plan } = answer({
 *   goal: { revenue: "500000 USD", confidence: 0.8 },
 *   funnel: ["lead", "customer"],
 *   rates: [{ converted: 20, entered: 1000 }],
 *   deal_size: { mean: "10000" },
 * });
 * plan?.stages[0].needed; // 3081
 */
export function answer(request: Request): Answer {
  // The engine is inlined and compiled at the first call, not fetched. So the call is synchronous, the import is free, and there is
  // one way for all: Node, every bundler without a plugin, workers, pages opened from disk. The price is base64, about a third more
  // bytes on the wire than a file of its own.
  if (!ready) {
    initSync({ module: Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0)) });
    ready = true;
  }
  return JSON.parse(answerText(JSON.stringify(request, keepNumbers) ?? "null"));
}

/** JSON has no word for these numbers and would turn them into null; as text the core can name them in its error. */
function keepNumbers(_key: string, value: unknown): unknown {
  const isLost = typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value));
  return isLost ? String(value) : value;
}
