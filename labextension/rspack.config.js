module.exports = {
  context: __dirname,
  optimization: {
    // Ids are counted, not made of paths: the same sources give the same bytes in any folder, and
    // the suite compares what is committed with what it builds. Names would cost 6 KB.
    moduleIds: 'natural',
    // What several parts need stands in none of them twice.
    splitChunks: { minSize: 800 }
  },
  module: {
    rules: [
      {
        test: /\.css$/,
        enforce: 'pre',
        loader: 'builtin:lightningcss-loader',
        options: { minify: true }
      }
    ]
  }
};
