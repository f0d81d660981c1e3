/** A setting that is wrong, by the name of its environment variable. */
export interface SettingFault {
  readonly variable: string;
  readonly message: string;
}
