# The designs and plans of bench/surveys_samples.py in R: Rscript bench/surveys.R FOLDER prints case, estimate's place, numbers.
suppressMessages(library(survey))
folder <- commandArgs(TRUE)[1]
read <- function(name) read.csv(file.path(folder, paste0(name, ".csv")), stringsAsFactors = FALSE)
say <- function(case, place, values) cat(case, place, paste(sprintf("%.15g", values), collapse = " "), sep = "\t", fill = FALSE, "\n")
pair <- function(x) as.vector(rbind(as.vector(coef(x)), as.vector(SE(x))))
by <- function(x) as.vector(rbind(as.vector(coef(x)), as.vector(SE(x))))
quant <- function(q) as.vector(rbind(as.vector(coef(q)), as.vector(SE(q))))
ask <- function(case, d, most, extra = FALSE) {
  steps <- list(
    function() pair(svymean(~y, d, na.rm = TRUE)),
    function() by(svyby(~y, ~area, d, svytotal, na.rm = TRUE)),
    function() by(svyby(~y, ~area + age, d, svymean, na.rm = TRUE)),
    function() pair(svyratio(~y, ~z, subset(d, age >= 2), na.rm = TRUE)),
    function() pair(svymean(~yes, subset(d, area == "north" & x > 0))),
    function() pair(svyglm(y ~ x + treated, d)),
    function() pair(svyglm(yes ~ x, d, family = quasibinomial(), control = glm.control(epsilon = 1e-14, maxit = 100))),
    function() { m <- svyglm(y ~ round * treated, d); c(coef(m)[4], SE(m)[4]) },
    function() quant(svyquantile(~z, d, c(.25, .5, .9))),
    function() by(svyby(~z, ~area, d, svyquantile, quantiles = .5, qrule = "hf7", ci = TRUE)),
    function() c(svychisq(~age + yes, d)$statistic, svychisq(~age + yes, d)$p.value)
  )
  for (place in seq_len(most)) say(case, place, steps[[place]]())
  if (extra) {
    s <- svystandardize(d, by = ~age, over = ~area, population = c(30, 45, 25))
    say(case, most + 1, by(svyby(~yes, ~area, s, svymean)))
    b <- svyby(~yes, ~area, d, svyciprop, method = "beta", vartype = "ci")
    say(case, most + 2, as.vector(t(as.matrix(b[, c("ci_l", "ci_u")]))))
    say(case, most + 3, as.vector(confint(svyciprop(~yes, d, method = "logit"))))
  }
}
deep <- read("stratified"); pairs <- read("pairs"); booted <- read("bootstrap given"); lone <- read("lonely adjust")
flat <- function(data) svydesign(id = ~cluster, strata = ~stratum, weights = ~weight, nest = TRUE, data = data)
ask("stratified", flat(deep), 11, TRUE)
ask("two stages", svydesign(id = ~cluster + member, strata = ~stratum, fpc = ~clusters + members, nest = TRUE, data = deep), 11)
options(survey.lonely.psu = "remove")
ask("strata in both stages", svydesign(id = ~cluster + member, strata = ~stratum + part, fpc = ~clusters + members, weights = ~weight, nest = TRUE, data = deep), 8)
for (policy in c("adjust", "average")) { options(survey.lonely.psu = policy); ask(paste("lonely", policy), flat(lone), 5) }
options(survey.lonely.psu = "fail")
two <- flat(pairs)
ask("pairs", two, 11)
ask("pairs BRR", as.svrepdesign(two, type = "BRR"), 11)
ask("pairs Fay", as.svrepdesign(two, type = "Fay", fay.rho = .3), 8)
ask("pairs JKn", as.svrepdesign(two, type = "JKn"), 8)
for (mse in c(FALSE, TRUE)) ask(if (mse) "bootstrap given mse" else "bootstrap given", svrepdesign(weights = ~weight, repweights = "r[0-9]+", type = "bootstrap", data = booted, mse = mse), if (mse) 8 else 11)
deep$area <- factor(deep$area); deep$agef <- factor(deep$age)
full <- c(`(Intercept)` = 1400, areasouth = 500, agef2 = 600, agef3 = 400)
ask("greg", calibrate(flat(deep), ~area + agef + x, c(full, x = 20)), 8)
ask("raked", calibrate(flat(deep), ~area + agef, full, calfun = "raking", epsilon = 1e-12, maxit = 100), 8)
ask("poststratified JKn", postStratify(as.svrepdesign(flat(deep), type = "JKn"), ~age, data.frame(age = 1:3, Freq = c(400, 600, 400))), 8)
