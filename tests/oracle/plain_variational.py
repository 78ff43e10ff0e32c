"""Variational Bayes of Gaussian mixtures, written plainly: dense matrices, one row at a time.

Formulas of Bishop (2006), *Pattern Recognition and Machine Learning*, section 10.2, every
expectation on a line of its own (10.71 to 10.77), and of Blei & Jordan (2006), Bayesian Analysis
1, 121-144, for sticks, the last of which takes all that is left. Rows may have gaps (NaN), which
are further latent variables, and weights. Nothing here is the library's.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, digamma, gammaln, multigammaln

KINDS = ("full", "tied", "diag", "spherical", "tied_diag", "tied_spherical")


@dataclass
class Wishart:
    """Precision matrix ~ Wishart(dof, inverse(scatter)); scatter (D, D)."""

    dof: float
    scatter: np.ndarray

    @property
    def mean(self):
        return self.dof * np.linalg.inv(self.scatter)

    @property
    def mean_log_det(self):
        n_features = len(self.scatter)
        terms = [digamma(0.5 * (self.dof + 1 - i)) for i in range(1, n_features + 1)]
        return sum(terms) + n_features * np.log(2.0) - np.linalg.slogdet(self.scatter)[1]

    def expected_log_density(self, q):
        """E log of this density for a precision that follows q."""
        n_features = len(self.scatter)
        log_b = 0.5 * self.dof * np.linalg.slogdet(self.scatter)[1]
        log_b -= 0.5 * self.dof * n_features * np.log(2.0)
        log_b -= 0.25 * n_features * (n_features - 1) * np.log(np.pi)
        log_b -= sum(gammaln(0.5 * (self.dof + 1 - i)) for i in range(1, n_features + 1))
        grown = 0.5 * (self.dof - n_features - 1) * q.mean_log_det
        return log_b + grown - 0.5 * np.trace(self.scatter @ q.mean)

    def after(self, rows, scatter):
        """Once so many rows, with this scatter (D, D), are known."""
        return Wishart(self.dof + rows, self.scatter + scatter)

    def log_evidence(self, after):
        """Log ratio of the normalisers of this and of `after`, those of the means apart."""
        rows, n_features = after.dof - self.dof, len(self.scatter)
        value = multigammaln(0.5 * after.dof, n_features) - multigammaln(0.5 * self.dof, n_features)
        value += 0.5 * self.dof * np.linalg.slogdet(self.scatter)[1]
        value -= 0.5 * after.dof * np.linalg.slogdet(after.scatter)[1]
        return value - 0.5 * rows * n_features * np.log(np.pi)


@dataclass
class ColumnGammas:
    """Precision of each column ~ Gamma(dof / 2, rate scatter / 2); scatter (D,)."""

    dof: float
    scatter: np.ndarray

    @property
    def mean(self):
        return np.diag(0.5 * self.dof / (0.5 * self.scatter))

    @property
    def mean_log_det(self):
        return sum(digamma(0.5 * self.dof) - np.log(0.5 * s) for s in self.scatter)

    def expected_log_density(self, q):
        total, shape = 0.0, 0.5 * self.dof
        for s, other in zip(self.scatter, q.scatter, strict=True):
            mean, mean_log = q.dof / other, digamma(0.5 * q.dof) - np.log(0.5 * other)
            total += shape * np.log(0.5 * s) - gammaln(shape)
            total += (shape - 1.0) * mean_log - 0.5 * s * mean
        return total

    def after(self, rows, scatter):
        return ColumnGammas(self.dof + rows, self.scatter + np.diagonal(scatter))

    def log_evidence(self, after):
        total = 0.0
        for s, t in zip(self.scatter, after.scatter, strict=True):
            total += gammaln(0.5 * after.dof) - gammaln(0.5 * self.dof)
            total += 0.5 * self.dof * np.log(0.5 * s) - 0.5 * after.dof * np.log(0.5 * t)
            total -= 0.5 * (after.dof - self.dof) * np.log(2.0 * np.pi)
        return total


@dataclass
class OneGamma:
    """Precision of all D columns ~ Gamma(D dof / 2, rate D scatter / 2); scatter a number."""

    dof: float
    scatter: float
    n_features: int

    @property
    def shape(self):
        return 0.5 * self.n_features * self.dof

    @property
    def rate(self):
        return 0.5 * self.n_features * self.scatter

    @property
    def mean(self):
        return self.shape / self.rate * np.eye(self.n_features)

    @property
    def mean_log_det(self):
        return self.n_features * (digamma(self.shape) - np.log(self.rate))

    def expected_log_density(self, q):
        mean, mean_log = q.shape / q.rate, digamma(q.shape) - np.log(q.rate)
        log_normaliser = self.shape * np.log(self.rate) - gammaln(self.shape)
        return log_normaliser + (self.shape - 1.0) * mean_log - self.rate * mean

    def after(self, rows, scatter):
        grown = self.scatter + np.trace(scatter) / self.n_features
        return OneGamma(self.dof + rows, grown, self.n_features)

    def log_evidence(self, after):
        value = gammaln(after.shape) - gammaln(self.shape)
        value += self.shape * np.log(self.rate) - after.shape * np.log(after.rate)
        return value - (after.shape - self.shape) * np.log(2.0 * np.pi)


@dataclass
class DirichletWeights:
    """Proportions ~ Dirichlet(concentration (K,))."""

    concentration: np.ndarray

    @property
    def mean_log(self):
        return digamma(self.concentration) - digamma(self.concentration.sum())

    def expected_log_density(self, q):
        log_c = gammaln(self.concentration.sum()) - gammaln(self.concentration).sum()
        return log_c + ((self.concentration - 1.0) * q.mean_log).sum()

    def after(self, mass):
        return DirichletWeights(self.concentration + mass)

    def log_evidence(self, mass):
        """Log probability of one assignment of rows that gives components this mass."""
        total, after = self.concentration.sum(), self.concentration + mass
        value = gammaln(total) - gammaln(total + mass.sum())
        return value + (gammaln(after) - gammaln(self.concentration)).sum()


@dataclass
class Sticks:
    """Sticks v_k ~ Beta(first, second), (K - 1,); what they leave is the last component's."""

    first: np.ndarray
    second: np.ndarray

    @property
    def _mean_logs(self):
        whole = digamma(self.first + self.second)
        return digamma(self.first) - whole, digamma(self.second) - whole

    @property
    def mean_log(self):
        broken, left = self._mean_logs
        logs, before = [], 0.0
        for b, r in zip(broken, left, strict=True):
            logs.append(before + b)
            before += r
        return np.array([*logs, before])

    def expected_log_density(self, q):
        broken, left = q._mean_logs
        total = -betaln(self.first, self.second)
        return (total + (self.first - 1.0) * broken + (self.second - 1.0) * left).sum()

    def after(self, mass):
        later = np.array([mass[k + 1 :].sum() for k in range(len(mass) - 1)])
        return Sticks(self.first + mass[:-1], self.second + later)

    def log_evidence(self, mass):
        after = self.after(mass)
        return (betaln(after.first, after.second) - betaln(self.first, self.second)).sum()


@dataclass
class Prior:
    """Of all parameters: kind, weights, mean (D,), its precision, and that of the precisions."""

    kind: str
    weights: object
    mean: np.ndarray
    mean_precision: float
    precision: object

    @property
    def is_shared(self):
        return self.kind.startswith("tied")


def prior_of(kind, weights, n_components, concentration, *, mean, mean_precision, dof, scatter):
    """A prior by scikit-learn's names; scatter (D, D), (D,) or a number, as the kind has it."""
    if weights == "dirichlet_process":
        ones = np.ones(n_components - 1)
        of_weights = Sticks(ones, concentration * ones)
    else:
        of_weights = DirichletWeights(np.full(n_components, concentration))
    if kind in ("full", "tied"):
        precision = Wishart(dof, np.asarray(scatter))
    elif kind in ("diag", "tied_diag"):
        precision = ColumnGammas(dof, np.asarray(scatter))
    else:
        precision = OneGamma(dof, float(scatter), len(mean))
    return Prior(kind, of_weights, np.asarray(mean), mean_precision, precision)


@dataclass
class Belief:
    """q of the parameters: weights, means (K, D), their precisions (K,), one precision each."""

    weights: object
    means: np.ndarray
    mean_precisions: np.ndarray
    precisions: list


@dataclass
class Hidden:
    """q of what belongs to rows: resp (N, K), values (N, K, D), their covariances and entropies."""

    resp: np.ndarray
    values: np.ndarray
    covariances: np.ndarray
    entropies: np.ndarray


def complete(X, resp):
    """Rows without gaps, with these responsibilities."""
    (n_rows, n_features), n_components = X.shape, resp.shape[1]
    values = np.repeat(X[:, None], n_components, axis=1)
    none = np.zeros((n_rows, n_components, n_features, n_features))
    return Hidden(resp, values, none, np.zeros((n_rows, n_components)))


def m_step(prior, hidden, weight):
    """The best q of the parameters, given what is believed of the rows (10.58 to 10.63)."""
    _, n_components, n_features = hidden.values.shape
    masses, means, betas, scatters = [], [], [], []
    for k in range(n_components):
        r = weight * hidden.resp[:, k]
        mass = r.sum()
        beta = prior.mean_precision + mass
        total = sum((r[n] * hidden.values[n, k] for n in range(len(r))), np.zeros(n_features))
        mean = (prior.mean_precision * prior.mean + total) / beta
        off = prior.mean - mean
        scatter = prior.mean_precision * np.outer(off, off)
        for n in range(len(r)):
            away = hidden.values[n, k] - mean
            scatter += r[n] * (np.outer(away, away) + hidden.covariances[n, k])
        masses.append(mass)
        means.append(mean)
        betas.append(beta)
        scatters.append(scatter)
    if prior.is_shared:
        precisions = [prior.precision.after(sum(masses), sum(scatters))] * n_components
    else:
        pairs = zip(masses, scatters, strict=True)
        precisions = [prior.precision.after(mass, scatter) for mass, scatter in pairs]
    weights = prior.weights.after(np.array(masses))
    return Belief(weights, np.array(means), np.array(betas), precisions)


def _expected_log_normal(x, covariance, mean, beta, precision):
    """E log N(x | mu, Lambda) for uncertain x, mu and Lambda (10.64)."""
    n_features, away, expected = len(mean), x - mean, precision.mean
    quadratic = away @ expected @ away + np.trace(expected @ covariance) + n_features / beta
    return 0.5 * (precision.mean_log_det - n_features * np.log(2.0 * np.pi) - quadratic)


def e_step(belief, X):
    """The best q of assignments and missing values, given that of the parameters."""
    n_rows, n_components = len(X), len(belief.means)
    hidden = complete(X, np.zeros((n_rows, n_components)))
    log_rho, log_pi = np.zeros((n_rows, n_components)), belief.weights.mean_log
    for n in range(n_rows):
        m = np.flatnonzero(np.isnan(X[n]))
        o = np.flatnonzero(~np.isnan(X[n]))
        for k in range(n_components):
            mean, precision = belief.means[k], belief.precisions[k]
            if len(m):
                expected = precision.mean
                covariance = np.linalg.inv(expected[np.ix_(m, m)])
                push = expected[np.ix_(m, o)] @ (X[n, o] - mean[o])
                hidden.values[n, k, m] = mean[m] - covariance @ push
                hidden.covariances[n, k][np.ix_(m, m)] = covariance
                log_det = np.linalg.slogdet(2.0 * np.pi * np.e * covariance)[1]
                hidden.entropies[n, k] = 0.5 * log_det
            log_rho[n, k] = log_pi[k] + hidden.entropies[n, k]
            log_rho[n, k] += _expected_log_normal(
                hidden.values[n, k],
                hidden.covariances[n, k],
                mean,
                belief.mean_precisions[k],
                precision,
            )
        rho = np.exp(log_rho[n] - log_rho[n].max())
        hidden.resp[n] = rho / rho.sum()
    return hidden


def bound(prior, belief, hidden, weight):
    """The lower bound of the log evidence, a total over rows; a dict of its terms (10.71-10.77)."""
    terms = dict.fromkeys(("x", "z", "q(z)", "q(x)"), 0.0)
    log_pi = belief.weights.mean_log
    n_rows, n_components, n_features = hidden.values.shape
    for n in range(n_rows):
        for k in range(n_components):
            r = weight[n] * hidden.resp[n, k]
            terms["x"] += r * _expected_log_normal(
                hidden.values[n, k],
                hidden.covariances[n, k],
                belief.means[k],
                belief.mean_precisions[k],
                belief.precisions[k],
            )
            terms["z"] += r * log_pi[k]
            terms["q(z)"] += r * np.log(hidden.resp[n, k]) if r > 0.0 else 0.0
            terms["q(x)"] -= r * hidden.entropies[n, k]
    terms["pi"] = prior.weights.expected_log_density(belief.weights)
    terms["q(pi)"] = belief.weights.expected_log_density(belief.weights)
    terms["mu"] = terms["q(mu)"] = 0.0
    for mean, beta, precision in zip(
        belief.means, belief.mean_precisions, belief.precisions, strict=True
    ):
        off, own = mean - prior.mean, prior.mean_precision
        scale = n_features * np.log(own / (2.0 * np.pi)) + precision.mean_log_det
        distance = n_features * own / beta + own * off @ precision.mean @ off
        terms["mu"] += 0.5 * (scale - distance)
        scale = n_features * np.log(beta / (2.0 * np.pi)) + precision.mean_log_det
        terms["q(mu)"] += 0.5 * (scale - n_features)
    precisions = belief.precisions[:1] if prior.is_shared else belief.precisions
    terms["Lambda"] = sum(prior.precision.expected_log_density(q) for q in precisions)
    terms["q(Lambda)"] = sum(q.expected_log_density(q) for q in precisions)
    terms["all"] = sum(-term if name.startswith("q") else term for name, term in terms.items())
    return terms


def by_mass(hidden, weight):
    """The same with components of more mass first."""
    order = np.argsort(-(weight @ hidden.resp), kind="stable")
    return Hidden(*(of[:, order] for of in vars(hidden).values()))


def run(prior, X, weight, belief, n_iter):
    """So many E- and M-steps from here, what is then believed of rows, and the bound of each.

    Before each M-step components are put in the order of their mass.
    """
    hidden, bounds = e_step(belief, X), []
    for _ in range(n_iter):
        belief = m_step(prior, by_mass(hidden, weight), weight)
        hidden = e_step(belief, X)
        bounds.append(bound(prior, belief, hidden, weight)["all"])
    return belief, hidden, bounds


def log_evidence(prior, X, resp, weight=None):
    """Log density of rows X and of their assignment, with all parameters integrated out.

    Parameters
    ----------
    resp : (N, K) array
        One for the component of each row, zero for the others. Of other responsibilities this
        is the largest bound that there is with them, less their entropy.
    """
    weight = np.ones(len(X)) if weight is None else weight
    belief = m_step(prior, complete(X, resp), weight)
    precisions = belief.precisions[:1] if prior.is_shared else belief.precisions
    value = prior.weights.log_evidence(weight @ resp)
    value += sum(prior.precision.log_evidence(after) for after in precisions)
    ratios = np.log(prior.mean_precision / belief.mean_precisions)
    return value + 0.5 * X.shape[1] * ratios.sum()
