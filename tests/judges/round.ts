// The whole round by a client whose types are generated from the description.
import { writeFileSync } from "node:fs";
import createClient from "openapi-fetch";
import type { components, paths } from "./api";

const [url, token, target] = process.argv.slice(2) as [string, string, string];
const client = createClient<paths>({
  baseUrl: url,
  headers: { Authorization: `Bearer ${token}` },
});

async function main(): Promise<void> {
  const made = await client.POST("/api/export/", {
    body: { content_ids: ["content-1"], format: "pdf", title: "By the TypeScript client" },
  });
  let job: components["schemas"]["JobResponse"] | undefined = made.data;
  while (job && (job.status === "pending" || job.status === "processing")) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    const read = await client.GET("/api/export/jobs/{job_id}", {
      params: { path: { job_id: job.job_id } },
    });
    job = read.data;
  }
  if (!job?.file) {
    throw new Error(`not completed: ${JSON.stringify(job ?? made.error)}`);
  }
  const { job_id } = job;
  const page = await client.GET("/api/export/jobs", {
    params: { query: { status: "completed", page_size: 5 } },
  });
  const file = await client.GET("/api/export/jobs/{job_id}/download", {
    params: { path: { job_id } },
    parseAs: "arrayBuffer",
  });
  writeFileSync(target, new Uint8Array(file.data ?? new ArrayBuffer(0)));
  const refused = await client.GET("/api/export/jobs/{job_id}", {
    params: { path: { job_id: "nothing" } },
  });
  const listed = page.data?.items.some((each) => each.job_id === job_id);
  console.log(JSON.stringify({ sha256: job.file.sha256, listed, code: refused.error?.code }));
}

void main();
