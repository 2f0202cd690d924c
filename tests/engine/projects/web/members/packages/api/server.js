import { createServer } from "node:http";
import { crc32 } from "@node-rs/crc32";
import { sum } from "@web/sum";

createServer((request, response) => {
  response.end(`${request.url}: ${sum(1, 2)} ${crc32("fleet")}`);
}).listen(8080, () => console.log(`in ${process.cwd()}: ${sum(1, 2)}`));
