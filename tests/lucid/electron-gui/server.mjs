// Serves the built front end, and /health.
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('dist/renderer', import.meta.url));
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css' };

const server = createServer((request, response) => {
  const path = new URL(request.url, 'http://localhost').pathname;
  if (path === '/health') {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    return response.end('{"status":"healthy"}');
  }
  const file = join(root, normalize(path === '/' ? '/index.html' : path));
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    response.writeHead(404);
    return response.end();
  }
  response.writeHead(200, { 'Content-Type': types[extname(file)] ?? 'application/octet-stream' });
  return createReadStream(file).pipe(response);
});

server.listen(Number(process.env.PORT ?? 8083), '0.0.0.0');
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => server.close(() => process.exit(0)));
