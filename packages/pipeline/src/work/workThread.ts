import { answerInThread } from './answerQuestions.ts';

answerInThread();
