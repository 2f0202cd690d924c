import { line } from './status.js';

const answer = await fetch('/health');
document.getElementById('main').textContent = line('gui', answer.ok);
