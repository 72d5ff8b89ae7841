import { testForgeContract } from '../contract.testsuite.ts';
import { gitlab } from './index.ts';

testForgeContract(gitlab);
