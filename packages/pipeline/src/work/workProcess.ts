import { answerInProcess } from './answerQuestions.ts';

answerInProcess();
