/** The rules as a text, as JupyterLab's builder gives a file of this name. */
declare module '*.raw.css' {
  const rules: string;
  export default rules;
}
