# What bench/surveys_fuzz.py asks of R's survey package: Rscript bench/surveys_fuzz.R FOLDER runs FOLDER/ask.R, which calls `say` once an estimate.
suppressMessages(library(survey))
folder <- commandArgs(TRUE)[1]
ask_read <- function(name) read.csv(file.path(folder, name), stringsAsFactors = TRUE, na.strings = "")
ask_quiet <- function(work) suppressWarnings(suppressMessages(work))
ask_say <- function(case, place, work) {
  got <- tryCatch(paste(sprintf("%.17g", ask_quiet(work())), collapse = " "), error = function(e) paste("error:", gsub("[\t\n]", " ", conditionMessage(e))))
  cat(case, place, got, sep = "\t"); cat("\n")
}
ask_design <- function(work) tryCatch(ask_quiet(work()), error = function(e) e)
ask_flat <- function(...) as.vector(t(cbind(...)))
# of each cell: estimate, error, design effect, bounds
ask_wald <- function(x, D, effect = TRUE) {
  ci <- confint(x, df = degf(D))
  ask_flat(as.vector(coef(x)), as.vector(SE(x)), if (effect) as.vector(deff(x)), ci[, 1], ci[, 2])
}
# the same of several indicators, cell by cell
ask_levels_of_cells <- function(formulas, by, D, fun) {
  each <- lapply(formulas, function(f) {
    x <- if (is.null(by)) fun(f, D, na.rm = TRUE, deff = TRUE) else svyby(f, by, D, fun, na.rm = TRUE, deff = TRUE)
    matrix(ask_wald(x, D), ncol = 5, byrow = TRUE)
  })
  cells <- nrow(each[[1]])
  unlist(lapply(seq_len(cells), function(cell) lapply(each, function(one) one[cell, ])))
}
ask_bounds <- function(f, by, D, ...) {
  if (is.null(by)) return(as.vector(confint(svyciprop(f, D, na.rm = TRUE, ...))))
  x <- svyby(f, by, D, svyciprop, vartype = "ci", na.rm = TRUE, ...)
  ask_flat(x[, "ci_l"], x[, "ci_u"])
}
ask_points <- function(f, by, D, p, ...) {
  cells <- if (is.null(by)) list(D) else ask_parts(by, D)
  unlist(lapply(cells, function(C) {
    gaps <- anyNA(C$variables[[all.vars(f)]])  # taking none out still changes the degrees of freedom of calibrated replicates
    q <- svyquantile(f, C, p, ci = TRUE, na.rm = gaps, ...)
    ci <- confint(q)
    ask_flat(as.vector(coef(q)), as.vector(SE(q)), ci[, 1], ci[, 2])
  }))
}
# the cells of a column in the order of its levels
ask_parts <- function(by, D) {
  name <- all.vars(by)
  here <- D$variables[[name]][weights(D, "sampling") > 0]
  lapply(sort(unique(here)), function(level) eval(bquote(subset(D, D$variables[[.(name)]] == .(level)))))
}
ask_fitted <- function(m) {
  t <- coef(m) / SE(m)
  if (max(SE(m), na.rm = TRUE) > 1e6 || max(abs(coef(m))) > 15) stop("separated")
  ask_flat(coef(m), SE(m), t, if (m$df.residual > 0) 2 * pt(-abs(t), m$df.residual) else NaN)
}
ask_tested <- function(f, D, statistic) { x <- svychisq(f, D, statistic = statistic); c(x$statistic, x$p.value) }
ask_compared <- function(f, D) {
  x <- svyttest(f, D); test <- if (is.finite(x$statistic)) x$statistic else NaN
  c(x$estimate, test, x$parameter, if (is.finite(test)) x$p.value else NaN)
}
ask_crossed <- function(f, D) {
  x <- svytotal(f, D, na.rm = TRUE); s <- svymean(f, D, na.rm = TRUE); used <- coef(x) > 0; ci <- confint(x, df = degf(D))
  ask_flat(coef(x)[used], SE(x)[used], ci[used, 1], ci[used, 2], coef(s)[used], SE(s)[used])
}
ask_cells_of <- function(D, f) as.vector(svyby(~one, f, D, unwtd.count)$counts)
source(file.path(folder, "ask.R"))
