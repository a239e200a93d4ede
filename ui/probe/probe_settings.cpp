// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe/probe_settings.h"

#include "models/display_text.h"
#include "models/shell_words.h"

#include <QStringList>

#include <algorithm>
#include <array>

namespace clipscope {

namespace {
constexpr int kMostShots = 99999;
const QString kAll = QStringLiteral("all");
constexpr std::array kProbeMethods = {ProbeMethod::Linear, ProbeMethod::TipAdapter, ProbeMethod::LpPlusPlus};

/// Of a record's names; what is unknown is passed over.
std::vector<ProbeMethod> methodsOf(const Json& names)
{
    std::vector<ProbeMethod> out;
    for (const ProbeMethod method : kProbeMethods)
        if (std::find(names.begin(), names.end(), toString(method)) != names.end())
            out.push_back(method);
    return out;
}

} // namespace

QString shotsText(const std::vector<int>& shots)
{
    QStringList parts;
    for (const int k : shots)
        parts << (k == 0 ? kAll : QString::number(k));
    return parts.join(QStringLiteral(", "));
}

std::vector<int> parseShots(const QString& text)
{
    std::vector<int> shots;
    QString plain = text;
    for (const QString& part :
        plain.replace(QLatin1Char(','), QLatin1Char(' ')).split(QLatin1Char(' '), Qt::SkipEmptyParts)) {
        bool isNumber = false;
        const int k = part == kAll ? 0 : part.toInt(&isNumber);
        if (part != kAll && (!isNumber || k < 1 || k > kMostShots))
            return {};
        if (std::find(shots.begin(), shots.end(), k) == shots.end())
            shots.push_back(k);
    }
    return shots;
}

ProbeSettings probeSettingsOf(const RunRecord& record)
{
    ProbeSettings settings;
    const Json& config = record.config;
    settings.seed = record.seed;
    settings.aggregation = config.value("aggregation", settings.aggregation);
    settings.probe.shots = config.value("shots", settings.probe.shots);
    settings.probe.seeds = config.value("seeds", settings.probe.seeds);
    settings.templates = config.value("templates", settings.templates);
    if (const auto methods = config.find("methods"); methods != config.end())
        settings.probe.methods = methodsOf(*methods);
    if (const auto c = config.find("c"); c != config.end() && c->is_number())
        settings.probe.c = c->get<double>();
    return settings;
}

QString probeCommand(const std::filesystem::path& library, const std::string& model, const ProbeSettings& settings)
{
    QString command = QStringLiteral("clipscope-cli probe --library ") + shellQuoted(displayPath(library));
    QString shots = shotsText(settings.probe.shots);
    command += QStringLiteral(" --shots %1 --seeds %2 --seed %3")
                   .arg(shots.remove(QLatin1Char(' ')))
                   .arg(settings.probe.seeds)
                   .arg(settings.seed);
    QStringList methods;
    for (const ProbeMethod method : settings.probe.methods)
        methods << QString::fromLatin1(toString(method));
    command += QStringLiteral(" --methods ") + methods.join(QLatin1Char(','));
    if (settings.probe.c)
        command += QStringLiteral(" --c %1").arg(*settings.probe.c, 0, 'g', 15);
    for (const std::string& words : settings.templates)
        command += QStringLiteral(" --template ") + shellQuoted(QString::fromStdString(words));
    command += QStringLiteral(" --aggregation ") + shellQuoted(QString::fromStdString(settings.aggregation));
    if (!model.empty())
        command += QStringLiteral(" --model ") + shellQuoted(QString::fromStdString(model));
    return command;
}

} // namespace clipscope
