import type { PageData } from '@refrain/pruned-dataset';
import { render } from 'preact';
import { App } from './app.tsx';
import './styles/colours.css';
import './styles/frame.css';
import './styles/groups.css';
import './styles/map.css';
import './styles/pictures.css';
import './styles/summary.css';
import './styles/print.css';

const text = document.getElementById('refrain-data')?.textContent ?? '';
const page = document.getElementById('page')!;
if (text.trim() === '') page.textContent = 'This page is a template: a run of Refrain puts its data into it.';
else render(<App data={JSON.parse(text) as PageData} />, page);
