// Calls that are made again while the service is busy, restarts or cannot be reached.

import { secondsOf } from "./errors.js";

const ATTEMPTS = 6;
const LONGEST_PAUSE_SECONDS = 30;
// The service did nothing.
const REFUSED: ReadonlySet<number> = new Set([429, 503]);
// A proxy does not know what the service did.
const UNKNOWN: ReadonlySet<number> = new Set([502, 504]);

/** A `fetch` that tries again what may be done again. */
export function patientFetch(once: typeof fetch): (request: Request) => Promise<Response> {
  return async (request) => {
    for (let attempt = 1; ; attempt += 1) {
      const last = attempt === ATTEMPTS;
      try {
        const response = await once(request.clone());
        const again =
          REFUSED.has(response.status) || (UNKNOWN.has(response.status) && isRepeatable(request));
        const seconds = secondsOf(response) ?? backoff(attempt);
        // Whoever has to wait for longer decides that himself.
        if (!again || last || seconds > LONGEST_PAUSE_SECONDS) return response;
        await response.body?.cancel();
        await pause(seconds, request.signal);
      } catch (error) {
        // `fetch` throws this when nobody answers, and something else when it is aborted.
        if (last || !(error instanceof TypeError) || !isRepeatable(request)) throw error;
        await pause(backoff(attempt), request.signal);
      }
    }
  };
}

function isRepeatable(request: Request): boolean {
  return request.method !== "POST" || request.headers.has("Idempotency-Key");
}

function backoff(attempt: number): number {
  return Math.min(2 ** (attempt - 2), 8) * (0.75 + Math.random() / 2);
}

function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    }, seconds * 1000);
    signal.addEventListener("abort", abort, { once: true });
  });
}
