// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/adamw.h"

#include "nn/weights.h"
#include "support/test_data.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/zeros.h>

#include <cmath>

using namespace clipscope;

namespace {

at::Tensor parameter(at::IntArrayRef shape, double value)
{
    return at::full(shape, value, at::kFloat).requires_grad_(true);
}

/// The loss sum(factor * p), whose gradient is `factor` everywhere.
void giveGradient(const at::Tensor& p, double factor)
{
    at::sum(p * factor).backward();
}

/// One step of Loshchilov and Hutter's algorithm 2 on a scalar, in double precision.
struct Reference {
    double value, mean = 0, square = 0;
    int steps = 0;
    void step(double gradient, double rate, double decay)
    {
        ++steps;
        mean = .9 * mean + .1 * gradient;
        square = .98 * square + .02 * gradient * gradient;
        value -= rate * decay * value;
        value -= rate * (mean / (1 - std::pow(.9, steps))) / (std::sqrt(square / (1 - std::pow(.98, steps))) + 1e-8);
    }
};

} // namespace

class TestAdamW : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void equalsTheAlgorithm()
    {
        at::Tensor matrix = parameter({2, 3}, .5), bias = parameter({3}, .5);
        AdamW optimiser({{"matrix", matrix}, {"bias", bias}}, {});
        Reference withDecay{.5}, without{.5};
        for (const double gradient : {.3, -1.2, .7, .01, 5.}) {
            optimiser.zeroGradients();
            giveGradient(matrix, gradient);
            giveGradient(bias, gradient);
            optimiser.step(1e-2);
            withDecay.step(gradient, 1e-2, .1);
            without.step(gradient, 1e-2, 0);
        }
        QCOMPARE(optimiser.steps(), 5);
        QVERIFY(std::abs(matrix.max().item<double>() - withDecay.value) < 1e-6);
        QVERIFY(std::abs(matrix.min().item<double>() - withDecay.value) < 1e-6);
        QVERIFY(std::abs(bias.max().item<double>() - without.value) < 1e-6);
        QVERIFY(std::abs(withDecay.value - without.value) > 1e-4); // else the comparison above says nothing
    }

    void parametersWithoutGradientStandStill()
    {
        at::Tensor used = parameter({2, 2}, 1), unused = parameter({2, 2}, 1);
        AdamW optimiser({{"used", used}, {"unused", unused}}, {});
        giveGradient(used, 1);
        optimiser.step(.1);
        QVERIFY(used.max().item<double>() < .95);
        QCOMPARE(unused.min().item<double>(), 1.);
    }

    void clipsTheJointNorm()
    {
        at::Tensor a = parameter({4}, 0), b = parameter({5}, 0);
        AdamW optimiser({{"a", a}, {"b", b}}, {});
        giveGradient(a, 2);
        giveGradient(b, 2);
        QVERIFY(std::abs(optimiser.clipGradients(1) - 6) < 1e-5); // sqrt(9 * 4)
        QVERIFY(std::abs(a.grad().max().item<double>() - 1. / 3) < 1e-5);
        QVERIFY(std::abs(optimiser.clipGradients(10) - 1) < 1e-4);
        QVERIFY(std::abs(a.grad().max().item<double>() - 1. / 3) < 1e-4);
    }

    void restoredOptimiserGoesOnTheSame()
    {
        test::TempDir folder;
        at::Tensor p = parameter({3, 3}, 1);
        AdamW first({{"p", p}}, {});
        for (const double gradient : {1., -2., .5}) {
            first.zeroGradients();
            giveGradient(p, gradient);
            first.step(.01);
        }
        std::vector<TensorToWrite> tensors;
        for (const auto& [name, tensor] : first.state())
            tensors.push_back(toWrite("optimiser." + name, tensor, false));
        writeSafetensors(folder / "state.safetensors", tensors);
        at::Tensor copy = p.detach().clone().requires_grad_(true);
        AdamW second({{"p", copy}}, {});
        second.restore(Weights(folder / "state.safetensors"), "optimiser.");
        QCOMPARE(second.steps(), 3);
        for (AdamW* optimiser : {&first, &second}) {
            optimiser->zeroGradients();
            giveGradient(optimiser == &first ? p : copy, .3);
            optimiser->step(.01);
        }
        QVERIFY(p.equal(copy));
        at::Tensor other = parameter({2, 2}, 1);
        AdamW third({{"other", other}}, {});
        QVERIFY(test::errorOf<Error>([&] {
            third.restore(Weights(folder / "state.safetensors"), "optimiser.");
        }).find("other")
            != std::string::npos);
    }

    void scheduleWarmsUpAndFalls()
    {
        QCOMPARE(warmUpCosine(0, 4, 0), .25);
        QCOMPARE(warmUpCosine(3, 4, 0), 1.);
        QCOMPARE(warmUpCosine(100, 4, .5), .5);
        QVERIFY(std::abs(warmUpCosine(100, 4, 1)) < 1e-12);
        QVERIFY(std::abs(warmUpCosine(100, 4, 7)) < 1e-12);
        QCOMPARE(warmUpCosine(0, 0, 0), 1.);
    }
};

QTEST_GUILESS_MAIN(TestAdamW)
#include "tst_adamw.moc"
