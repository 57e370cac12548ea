/** Every page of the patient’s app can be seen, read and reached. */
import { checkAccess } from './access.ts'

checkAccess(['welcome', 'patient'])
