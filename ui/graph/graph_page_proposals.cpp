// SPDX-License-Identifier: GPL-3.0-or-later
// Proposed labels: what the user decides about them.
#include "experiment/figures_view.h"
#include "graph/graph_page.h"
#include "graph/graph_view.h"
#include "graph/proposal_bar.h"
#include "models/display_text.h"
#include "shell/action_registry.h"

#include <QItemSelectionModel>
#include <QPointer>

#include <algorithm>

namespace clipscope {

void GraphPage::wireProposals()
{
    connect(m_list->selectionModel(), &QItemSelectionModel::selectionChanged, this, &GraphPage::countProposals);
    connect(m_decisions, &ProposalBar::confidenceChanged, this, &GraphPage::countProposals);
    connect(m_decisions, &ProposalBar::acceptAsked, this, [this] { accept(chosenProposals()); });
    connect(m_decisions, &ProposalBar::acceptSureAsked, this, [this] { accept(sureProposals()); });
    connect(m_decisions, &ProposalBar::rejectAsked, this, &GraphPage::rejectChosen);
    connect(m_decisions, &ProposalBar::labelAsked, this,
        [this](const QString& label) { accept(chosenProposals(), label.toStdString()); });
}

void GraphPage::addProposalActions(ActionRegistry& actions)
{
    const QString group = tr("Graph");
    const QList<QWidget*> scopes = {m_list, m_view};
    actions.add(QStringLiteral("graph.accept"), group, tr("&Accept the proposed labels"), {QKeySequence(Qt::Key_A)},
        scopes, [this] { accept(chosenProposals()); });
    actions.add(QStringLiteral("graph.reject"), group, tr("&Reject the proposed labels"), {QKeySequence(Qt::Key_R)},
        scopes, [this] { rejectChosen(); });
}

/// Those rejected in the run that is shown; of another library's runs nothing is known any more.
std::set<int>& GraphPage::rejected()
{
    if (m_rejectedIn != view().library) {
        m_rejected.clear();
        m_rejectedIn = view().library;
    }
    return m_rejected[currentRun() ? currentRun()->id : 0];
}

/// The list's chosen rows.
std::vector<int> GraphPage::chosenProposals() const
{
    std::vector<int> out;
    if (m_shown.isProposal())
        for (const QModelIndex& row : m_list->selectionModel()->selectedRows())
            if (size_t(row.row()) < m_listed.size())
                out.push_back(m_listed[size_t(row.row())]);
    return out;
}

/// All that wait and reach the confidence, listed or not.
std::vector<int> GraphPage::sureProposals()
{
    return m_shown.isProposal() ? m_shown.waiting(rejected(), float(m_decisions->confidence())) : std::vector<int>();
}

void GraphPage::countProposals()
{
    m_decisions->setCounts(int(chosenProposals().size()), int(sureProposals().size()));
}

/// Each its proposed label, or all of them the one that is given.
void GraphPage::accept(const std::vector<int>& nodes, const std::string& label)
{
    VideoMarks marks;
    for (const int node : nodes)
        marks.push_back({m_loaded.videos[size_t(node)], label.empty() ? m_shown.answer(node) : label, {}});
    const auto count = qint64(marks.size());
    mark(marks,
        label.empty() ? tr("accept %1").arg(counted(count, tr("proposed label"), tr("proposed labels")))
                      : tr("label %1 \u201c%2\u201d").arg(countedVideos(count), QString::fromStdString(label)));
}

void GraphPage::mark(const VideoMarks& marks, const QString& what)
{
    if (marks.empty())
        return;
    keepPlace();
    Q_EMIT marksAsked(marks, what);
}

void GraphPage::rejectChosen()
{
    const std::vector<int> nodes = chosenProposals();
    if (nodes.empty() || !currentRun())
        return;
    // The act outlives what is shown: of a page that has another library in view nothing is left to be done.
    const auto set = [page = QPointer(this), library = view().library, run = currentRun()->id, nodes](bool isRejected) {
        if (!page || page->m_rejectedIn != library)
            return;
        std::set<int>& of = page->m_rejected[run];
        for (const int node : nodes)
            isRejected ? void(of.insert(node)) : void(of.erase(node));
        page->showStage();
    };
    keepPlace();
    rejected(); // of this library
    set(true);
    Q_EMIT acted({tr("reject %1").arg(counted(qint64(nodes.size()), tr("proposed label"), tr("proposed labels"))),
        [set] { set(false); }, [set] { set(true); }});
}

/// The row that comes to stand where the first of the chosen ones stood is the next to decide about.
void GraphPage::keepPlace()
{
    m_nextRow = -1;
    for (const QModelIndex& row : m_list->selectionModel()->selectedRows())
        m_nextRow = m_nextRow < 0 ? row.row() : std::min(m_nextRow, row.row());
}

void GraphPage::goOn()
{
    if (m_nextRow < 0 || m_listed.empty())
        return;
    const int node = m_listed[std::min(size_t(m_nextRow), m_listed.size() - 1)];
    m_nextRow = -1;
    m_view->choose(node);
    showNode(node);
}

} // namespace clipscope
