import { copyFileSync } from 'node:fs';

copyFileSync('renderer/index.html', 'dist/renderer/index.html');
