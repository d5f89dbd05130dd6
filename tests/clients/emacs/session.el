;;; session.el --- Sessions with dap-mode, Emacs' client  -*- lexical-binding: t; -*-

;; What a person does in Emacs with dap-mode and a launch configuration of type "python", done in batch mode: breakpoints are
;; set in the buffer of the source, commands are called, and what dap-mode then shows is looked at.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'json)
(require 'dap-mode)
(require 'dap-ui)
(require 'dap-python)

(defconst session-source
  (expand-file-name "../orders.py" (file-name-directory (or load-file-name buffer-file-name)))
  "The program that is debugged.")

(defconst session-limit 60
  "Seconds that anything may take; reached by a hang only.")

(defun session-wait (what ready)
  "Take in what comes until READY returns non-nil, and return that; WHAT names it."
  (let ((end (+ (float-time) session-limit)) result)
    (while (not (setq result (funcall ready)))
      (when (> (float-time) end)
        (error "Waited in vain for %s" what))
      (accept-process-output nil 0.01))
    result))

(defun session-line (marker)
  "The line of the source that ends with the comment MARKER, counted from 1."
  (with-current-buffer (find-file-noselect session-source)
    (save-excursion
      (goto-char (point-min))
      (re-search-forward (format "  # %s$" (regexp-quote marker)))
      (line-number-at-pos))))

(defun session-ways ()
  "The ways in which a program comes to its debugger."
  (split-string (or (getenv "DAPSTUB_CLIENT_WAYS") "dapstub debugpy")))

;;;; The program

(defun session-start (way task)
  "Start the program with WAY and TASK; returns its process."
  (let ((python (append (json-read-from-string (or (getenv "DAPSTUB_CLIENT_PYTHON") "[\"python3\"]")) nil)))
    (make-process :name "orders" :buffer (generate-new-buffer "orders") :noquery t :connection-type 'pipe
                  :command (append python (list "-u" session-source way task))
                  ;; Called when all that it wrote has been read; that it has ended is known before.
                  :sentinel (lambda (program _event)
                              (process-put program 'ended (not (process-live-p program)))))))

(defun session-output (program)
  "What PROGRAM has written."
  (with-current-buffer (process-buffer program) (buffer-string)))

(defun session-port (program)
  "Where PROGRAM listens."
  (session-wait "the port"
                (lambda ()
                  (unless (process-live-p program)
                    (error "It ended: %s" (session-output program)))
                  (and (string-match "^listening \\([0-9]+\\)$" (session-output program))
                       (string-to-number (match-string 1 (session-output program)))))))

(defun session-end (program)
  "Wait for the end of PROGRAM and of its output; returns its exit status."
  (session-wait "the end of the program" (lambda () (process-get program 'ended)))
  (process-exit-status program))

;;;; The editor

(defun session-toggle (marker)
  "Set or remove a breakpoint at MARKER, as the command does at the cursor."
  (with-current-buffer (find-file-noselect session-source)
    (goto-char (point-min))
    (forward-line (1- (session-line marker)))
    (dap-breakpoint-toggle)))

(defun session-attach (program)
  "Attach to PROGRAM with a launch configuration; returns the session once it runs."
  (dap-debug (list :type "python" :request "attach" :name "Orders" :debugger 'debugpy :redirectOutput t
                   :connect (list :host "127.0.0.1" :port (session-port program))))
  (let ((session (dap--cur-session)))
    (session-wait "the session" (lambda () (not (eq (dap--debug-session-state session) 'pending))))
    (should (eq (dap--debug-session-state session) 'running))
    session))

(defun session-stops (session marker)
  "Wait until SESSION shows a stop at MARKER; returns the innermost frame."
  (let ((frame (session-wait (format "the stop at %s" marker)
                             (lambda () (dap--debug-session-active-frame session)))))
    (should (equal (gethash "line" frame) (session-line marker)))
    ;; The cursor has gone there.
    (with-current-buffer (get-file-buffer session-source)
      (should (= (line-number-at-pos) (session-line marker))))
    frame))

(defun session-evaluate (expression)
  "What `dap-eval' shows for EXPRESSION."
  (let (shown)
    (cl-letf (((symbol-function 'dap-overlays--display-interactive-eval-result)
               (lambda (value &rest _) (setq shown value))))
      (dap-eval expression)
      (session-wait "the value" (lambda () shown)))))

(defun session-variables (session reference)
  "Names and values behind REFERENCE, as the tree of locals asks for them."
  (mapcar (lambda (variable) (cons (gethash "name" variable) (gethash "value" variable)))
          (gethash "variables" (dap-request session "variables" :variablesReference reference))))

(defun session-locals (session frame)
  "Names and values of the locals of FRAME."
  (let ((scopes (gethash "scopes" (dap-request session "scopes" :frameId (gethash "id" frame)))))
    (session-variables session (gethash "variablesReference" (elt scopes 0)))))

(defun session-over (session)
  "Wait until dap-mode knows that SESSION is over."
  (session-wait "the end of the session" (lambda () (not (dap--session-running session)))))

(defmacro session-with (task &rest body)
  "Run BODY with `program', which does TASK, once for each way to the debugger."
  (declare (indent 1))
  `(dolist (way (session-ways))
     (let ((program (session-start way ,task)))
       (unwind-protect
           (progn ,@body)
         (delete-process program)
         (dap-breakpoint-delete-all)
         (dap-delete-all-sessions)))))

;;;; The sessions

(ert-deftest session-breakpoint-steps-and-the-end ()
  (session-with "price"
    (session-toggle "call")
    (let ((session (session-attach program)))
      (process-send-string program "go\n")
      (let ((frame (session-stops session "call")))
        (should (equal (gethash "name" frame) "price"))
        (should (equal (cdr (assoc "sums" (session-locals session frame))) "{}")))
      (should (equal (session-evaluate "order.name") "'lamp'"))
      (should (equal (session-evaluate "len(orders)") "2"))
      (should (string-match-p "NameError" (session-evaluate "nothing")))
      (dap-step-in session)
      (should (equal (gethash "name" (session-stops session "total")) "total"))
      (dap-step-out session)
      (session-stops session "call")
      (dap-next session)
      (let ((frame (session-stops session "sum")))
        (should (equal (cdr (assoc "total" (session-locals session frame))) "Decimal('39.80')")))
      (session-toggle "call")
      (dap-continue session (dap--debug-session-thread-id session))
      (session-over session)
      (should (= (session-end program) 0))
      (should (string-match-p "^priced 2$" (with-current-buffer (dap--debug-session-output-buffer session)
                                             (buffer-string)))))))

(ert-deftest session-condition-detaching-and-attaching-again ()
  (session-with "price"
    (let ((session (session-attach program)))
      (dap-disconnect session)
      (session-over session))
    (session-toggle "sum")
    (with-current-buffer (get-file-buffer session-source)
      (cl-letf (((symbol-function 'read-string) (lambda (&rest _) "order.name == 'desk'")))
        (call-interactively #'dap-breakpoint-condition)))
    (let ((session (session-attach program)))
      (process-send-string program "go\n")
      (session-stops session "sum")
      (should (equal (session-evaluate "sorted(sums)") "['lamp']"))
      ;; The program runs on without the editor.
      (dap-disconnect session)
      (session-over session))
    (should (= (session-end program) 0))
    (should (string-match-p "^done$" (session-output program)))))

(ert-deftest session-uncaught-exception ()
  (session-with "fail"
    (let* ((dap-exception-breakpoints '(("python" . (("uncaught" . t) ("raised" . nil)))))
           (told nil))
      ;; dap-mode asks for exceptions only where there are breakpoints too.
      (session-toggle "append")
      (let ((session (session-attach program)))
        (session-stops session "append")
        (session-toggle "append")
        (dap-continue session (dap--debug-session-thread-id session))
        (process-send-string program "go\n")
        (cl-letf (((symbol-function 'lsp--error) (lambda (&rest arguments) (setq told (apply #'format arguments)))))
          (should (equal (gethash "name" (session-stops session "fail")) "fail"))
          (session-wait "the exception" (lambda () told)))
        (should (string-match-p "IndexError" told))
        (dap-continue session (dap--debug-session-thread-id session))
        (session-over session)
        (should (= (session-end program) 1))))))

;;; session.el ends here
