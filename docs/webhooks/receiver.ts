// Receives webhooks of the export service, by what Node.js 22.18 or newer has in itself.
//
//   EXPORT_WEBHOOK_SECRET=whsec_... node receiver.ts 8080

import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

type Message = { type: string; timestamp: string; data: { job_id?: string } };

const MOST_BYTES = 64 * 1024;
const TOLERANCE_SECONDS = 5 * 60;
const key = Buffer.from((process.env.EXPORT_WEBHOOK_SECRET ?? "").replace(/^whsec_/, ""), "base64");
if (key.length < 24) throw new Error("set EXPORT_WEBHOOK_SECRET");
const seen = new Set<string>(); // keep these in your database: a message may come more than once

// The message if it is signed by us a moment ago, else null.
function verified(body: Buffer, headers: IncomingMessage["headers"]): Message | null {
  const id = String(headers["webhook-id"] ?? "");
  const timestamp = String(headers["webhook-timestamp"] ?? "");
  const age = Math.abs(Date.now() / 1000 - Number(timestamp));
  if (!id || !/^\d+$/.test(timestamp) || !(age <= TOLERANCE_SECONDS)) return null;
  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
  // Several while a secret is being changed.
  for (const each of String(headers["webhook-signature"] ?? "").split(" ")) {
    const [version, text = ""] = each.split(",");
    const given = Buffer.from(text, "base64");
    if (version === "v1" && given.length === expected.length && timingSafeEqual(given, expected)) {
      return JSON.parse(body.toString("utf8")) as Message;
    }
  }
  return null;
}

const server = createServer(async (request, response) => {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    // Read to its end, since leaving early would close the connection before the answer.
    if (size <= MOST_BYTES) parts.push(part);
  }
  if (size > MOST_BYTES) return response.writeHead(413).end();
  const message = verified(Buffer.concat(parts), request.headers);
  if (message === null) return response.writeHead(401).end();
  const id = String(request.headers["webhook-id"]);
  if (!seen.has(id)) {
    seen.add(id);
    console.log(message.type, message.data.job_id);
  }
  return response.writeHead(204).end();
});

server.listen(Number(process.argv[2]), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
