CREATE TABLE employees (emp_no INTEGER PRIMARY KEY, first_name VARCHAR(14), last_name VARCHAR(16));
CREATE TABLE departments (dept_no CHAR(4) PRIMARY KEY, dept_name VARCHAR(40));
CREATE TABLE dept_manager (emp_no INTEGER, dept_no CHAR(4), from_date DATE, to_date DATE, PRIMARY KEY (emp_no, dept_no));
CREATE TABLE titles (emp_no INTEGER, title VARCHAR(50), from_date DATE, to_date DATE, PRIMARY KEY (emp_no, title, from_date));
INSERT INTO employees VALUES (10001, '伟', '陈'), (10002, '静', '王'), (10003, '三丰', '张'), (10004, '敏', '李');
INSERT INTO departments VALUES ('d004', 'Production'), ('d005', 'Development'), ('d006', 'Quality Management');
INSERT INTO dept_manager VALUES (10002, 'd005', '1996-01-03', '2008-08-03'), (10001, 'd005', '2008-08-03', '9999-01-01'), (10003, 'd006', '2001-05-01', '9999-01-01'), (10004, 'd004', '2001-05-01', '2010-01-01');
INSERT INTO titles VALUES (10001, 'Senior Engineer', '1986-06-26', '2008-08-03'), (10001, 'Manager', '2008-08-03', '9999-01-01'), (10002, 'Staff', '1996-08-03', '9999-01-01'), (10003, 'Engineer', '1995-12-03', '9999-01-01');
