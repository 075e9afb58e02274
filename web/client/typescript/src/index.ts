// The client of the export service: its calls, typed by its description, and the round that most
// callers want: start, wait, download.

import createClient, { type Client } from "openapi-fetch";
import { ExportFailedError, DamagedFileError, refusal } from "./errors.js";
import { patientFetch } from "./retries.js";
import type { components, paths } from "./schema.js";

export { DamagedFileError, ExportFailedError, RefusedError, type Problem } from "./errors.js";
export type { components, paths } from "./schema.js";

/** An export, as every answer shows it. */
export type Job = components["schemas"]["JobResponse"];
/** An export of chosen items. */
export type CreateExport = components["schemas"]["CreateExportRequest"];
/** An export of what matches filters. */
export type CreateBulkExport = components["schemas"]["BulkExportRequest"];

/** A file whose bytes are those that the service promised. */
export interface ExportedFile {
  name: string;
  mediaType: string;
  /** The hash of the bytes, in hex. */
  sha256: string;
  bytes: Uint8Array<ArrayBuffer>;
}

export interface ClientOptions {
  /** Where the service is, such as `https://exports.example`. */
  url: string;
  /** A bearer token, or what gives one that is still valid, asked before each call. */
  token: string | (() => string | Promise<string>);
  /** Used in place of the global `fetch`. */
  fetch?: typeof fetch;
}

export interface StartOptions {
  /** A text that is new for each export that is wanted; one is made up if none is given. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

export interface WaitOptions {
  /** Called with the job each time that the service tells of it. */
  onProgress?: (job: Job) => void;
  signal?: AbortSignal;
}

const ENDED: ReadonlySet<Job["status"]> = new Set(["completed", "failed", "cancelled", "expired"]);
const WAIT_SECONDS = 30;
const WAIT_SECONDS_WITH_PROGRESS = 1;

/**
 * Calls the export service for one owner.
 *
 * A call that meets a service which is busy or restarts is made again for a while, as `Retry-After`
 * says, unless it might then be done twice. What the service refuses is a `RefusedError`.
 */
export class ExportClient {
  /** Every call of the API, by its path; answers are `{ data, error, response }`. */
  readonly api: Client<paths>;

  constructor({ url, token, fetch: given = fetch }: ClientOptions) {
    this.api = createClient<paths>({ baseUrl: url.replace(/\/+$/, ""), fetch: patientFetch(given) });
    this.api.use({
      async onRequest({ request }) {
        request.headers.set("Authorization", `Bearer ${await valueOf(token)}`);
        return request;
      },
    });
  }

  /** Start an export of chosen items; the job as it begins. */
  async start(body: CreateExport, options: StartOptions = {}): Promise<Job> {
    return answer(await this.api.POST("/api/export/", { body, ...started(options) }));
  }

  /** Start an export of what matches filters; the job as it begins. */
  async startBulk(body: CreateBulkExport, options: StartOptions = {}): Promise<Job> {
    return answer(await this.api.POST("/api/export/bulk", { body, ...started(options) }));
  }

  /** The job as it is now. */
  async job(jobId: string, options: { signal?: AbortSignal } = {}): Promise<Job> {
    return this.#read(jobId, 0, options.signal);
  }

  /**
   * Wait for the file; the completed job.
   *
   * @throws ExportFailedError the export failed, or was cancelled, or its file is gone.
   */
  async wait(job: Job | string, { onProgress, signal }: WaitOptions = {}): Promise<Job> {
    const seconds = onProgress ? WAIT_SECONDS_WITH_PROGRESS : WAIT_SECONDS;
    let seen = typeof job === "string" ? await this.#read(job, 0, signal) : job;
    onProgress?.(seen);
    while (!ENDED.has(seen.status)) {
      seen = await this.#read(seen.job_id, seconds, signal);
      onProgress?.(seen);
    }
    if (seen.status !== "completed" || seen.error) throw new ExportFailedError(seen);
    return seen;
  }

  /**
   * Download the file of a completed job into memory. What is larger is better left to the browser,
   * by the job's `download_url`.
   *
   * @throws DamagedFileError what came is not what the service promised.
   */
  async download(job: Job, options: { signal?: AbortSignal } = {}): Promise<ExportedFile> {
    const { file } = job;
    if (!file) throw new ExportFailedError(job);
    const bytes = new Uint8Array(
      await answer<ArrayBuffer>(
        await this.api.GET("/api/export/jobs/{job_id}/download", {
          params: { path: { job_id: job.job_id } },
          parseAs: "arrayBuffer",
          ...within(options.signal),
        }),
      ),
    );
    // Browsers hash on pages that came over TLS or from this machine, and on no others.
    if (globalThis.crypto?.subtle && (await sha256(bytes)) !== file.sha256) {
      throw new DamagedFileError(job.job_id);
    }
    if (bytes.length !== file.size) throw new DamagedFileError(job.job_id);
    return { name: file.name, mediaType: file.media_type, sha256: file.sha256, bytes };
  }

  /** Ask for the end of a job that has not ended; the job as it is then. */
  async cancel(jobId: string, options: { signal?: AbortSignal } = {}): Promise<Job> {
    return answer(
      await this.api.DELETE("/api/export/jobs/{job_id}", {
        params: { path: { job_id: jobId } },
        ...within(options.signal),
      }),
    );
  }

  async #read(jobId: string, wait: number, signal: AbortSignal | undefined): Promise<Job> {
    return answer(
      await this.api.GET("/api/export/jobs/{job_id}", {
        params: { path: { job_id: jobId }, query: { wait } },
        ...within(signal),
      }),
    );
  }
}

function started({ idempotencyKey = newKey(), signal }: StartOptions) {
  return { params: { header: { "Idempotency-Key": idempotencyKey } }, ...within(signal) };
}

function within(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}

function newKey(): string {
  const random = crypto.getRandomValues(new Uint8Array(16));
  return hex(random);
}

async function valueOf(token: ClientOptions["token"]): Promise<string> {
  return typeof token === "string" ? token : token();
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function answer<Data>(given: { data?: unknown; error?: unknown; response: Response }): Data {
  if (!given.response.ok) throw refusal(given.response, given.error);
  return given.data as Data;
}
