import type { BridgeProblem } from '../platform/bridge.ts';
import { PlatformError } from '../platform/platform-error.ts';

/** Something the window asked for that is not done, in words for a person. */
export function refusal(code: BridgeProblem['code'], title: string, detail: string): PlatformError {
  return new PlatformError({ code, title, detail });
}
