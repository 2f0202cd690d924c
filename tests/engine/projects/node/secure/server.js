import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import ms from "ms";

const secret = (name) => readFileSync(process.env[`${name}_FILE`]);
const answers = { "/health": 204, "/": 200 };
createServer({ key: secret("TLS_KEY"), cert: secret("TLS_CERT") }, (request, answer) => {
  answer.writeHead(answers[request.url] ?? 404).end();
}).listen(8443, "0.0.0.0");
console.log(`an hour: ${ms("1h")} ms`);
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
