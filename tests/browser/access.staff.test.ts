/** Every page of the professional’s app can be seen, read and reached. */
import { checkAccess } from './access.ts'

checkAccess(['start', 'signin', 'professional', 'desk'])
