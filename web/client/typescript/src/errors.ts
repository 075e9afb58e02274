// What can go wrong, and what the service says of it.

import type { components } from "./schema.js";

/** A problem document (RFC 9457) of the service. */
export type Problem = components["schemas"]["ProblemDocument"];

/** The service refused a call. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  readonly status: number;
  /** What the service says; undefined when something in between answered. */
  readonly problem: Problem | undefined;
  /** Seconds after which the call may succeed; undefined when the service does not say. */
  readonly retryAfter: number | undefined;

  constructor(response: Response, problem: Problem | undefined) {
    super(problem ? `${problem.title}: ${problem.detail}` : `HTTP status ${response.status}`);
    this.status = response.status;
    this.problem = problem;
    this.retryAfter = secondsOf(response);
  }

  /** The code of the problem, such as `content-not-found`. */
  get code(): string | undefined {
    return this.problem?.code;
  }
}

/** An export ended without a file. */
export class ExportFailedError extends Error {
  override readonly name = "ExportFailedError";
  readonly job: components["schemas"]["JobResponse"];

  constructor(job: components["schemas"]["JobResponse"]) {
    const why = job.error ? `${job.error.title}: ${job.error.detail}` : "there is no file";
    super(`export ${job.job_id} is ${job.status}: ${why}`);
    this.job = job;
  }
}

/** What was downloaded is not the file that the service promised. */
export class DamagedFileError extends Error {
  override readonly name = "DamagedFileError";

  constructor(jobId: string) {
    super(`the file of export ${jobId} came damaged; download it again`);
  }
}

/** The error that an answer is. */
export function refusal(response: Response, body: unknown): RefusedError {
  return new RefusedError(response, isProblem(body) ? body : undefined);
}

/** What `Retry-After` says, in seconds; undefined when it says nothing, or a date. */
export function secondsOf(response: Response): number | undefined {
  const text = response.headers.get("Retry-After");
  return text && /^\d+$/.test(text) ? Number(text) : undefined;
}

function isProblem(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && "code" in body && "title" in body;
}
